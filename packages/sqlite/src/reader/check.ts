import type { CheckResult } from '@backup/core'
import type { CheckRequest, Refusal, Report } from '../host/protocol.ts'
import type { Connection } from './driver.ts'
import { examine } from './examine.ts'
import { pin } from './pin.ts'
import { warmUp } from './warm-up.ts'

/** Looks at a whole database: its structure, its references, and how many rows each table has. */
export async function check(request: CheckRequest, tell: (report: Report) => void): Promise<CheckResult> {
  const pinned = await pin(request, tell).catch((error: { refusal?: Refusal }) => {
    if (error.refusal?.kind === 'source') return error.refusal.message
    throw error
  })
  if (typeof pinned === 'string') return { ok: false, findings: [pinned] }
  const { connection } = pinned
  try {
    warmUp(pinned.file, pinned.place.bytes)
    const { findings, unable } = examine(connection, 'full')
    if (unable !== undefined) {
      tell({
        type: 'warning',
        message: `SQLite could not check all of ${request.path}: ${unable}.`,
        hint: 'It uses something of the application; run `PRAGMA integrity_check` there.',
      })
    }
    const all = [...findings, ...(findings.length > 0 ? [] : brokenReferences(connection))]
    return {
      ok: all.length === 0,
      findings: all,
      ...(findings.length > 0 ? {} : { counts: countsOf(connection) }),
    }
  } finally {
    pinned.release()
  }
}

function brokenReferences(connection: Connection): string[] {
  const broken = new Map<string, number>()
  for (const [table, , parent] of connection.rows('PRAGMA foreign_key_check')) {
    const which = `${String(table)} to ${String(parent)}`
    broken.set(which, (broken.get(which) ?? 0) + 1)
  }
  return [...broken].map(([which, rows]) => `foreign key from ${which}: ${rows} rows refer to nothing`)
}

function countsOf(connection: Connection): Record<string, number> {
  const tables = connection.rows(
    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'",
  )
  const own = tables.map(([name]) => String(name)).filter((name) => !name.startsWith('sqlite_'))
  const count = (name: string): number =>
    Number(connection.rows(`SELECT count(*) FROM "${name.replaceAll('"', '""')}"`)[0]?.[0])
  return Object.fromEntries(own.map((name) => [name, count(name)]))
}
