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
