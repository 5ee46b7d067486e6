import type { Connection } from './driver.ts'
import { sqliteCode } from './refusal.ts'

export interface Examination {
  /** What is wrong, in SQLite's words; empty when nothing is. */
  readonly findings: readonly string[]
  /** Why SQLite could not look at all of it. That says nothing about the database, only about this SQLite. */
  readonly unable?: string
}

/** `PRAGMA quick_check` or `integrity_check`. */
export function examine(connection: Connection, depth: 'quick' | 'full'): Examination {
  try {
    connection.exec(atHand)
    const rows = connection.rows(
      `PRAGMA ${depth === 'quick' ? 'quick_check' : 'integrity_check'}(${mostFindings})`,
    )
    const findings = rows.map(([text]) => String(text))
    return { findings: findings.length === 1 && findings[0] === 'ok' ? [] : findings }
  } catch (error) {
    const { message } = error as Error
    // A collation, function or module that the application brings along is missing here.
    if (sqliteCode(error) === 'ERROR') return { findings: [], unable: message }
    return { findings: [message] }
  }
}

const mostFindings = 100

/**
 * A full check looks up every row in every index, in no order. With the 2 MB of cache that are usual, it
 * reads the same pages again and again, which takes up to half of its time. So SQLite sees the file in the
 * memory of the operating system, up to 2 GiB of it, and keeps 64 MiB of what lies beyond or cannot be seen
 * so.
 *
 * A disk that fails then kills this process (SIGBUS), which is an error for the host as well.
 */
const atHand = `PRAGMA mmap_size = ${2 ** 31 - 65_536}; PRAGMA cache_size = -65536`
