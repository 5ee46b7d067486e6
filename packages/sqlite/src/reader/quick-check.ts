import type { QuickCheckRequest, Report } from '../host/protocol.ts'
import type { Connection } from './driver.ts'
import { pin } from './pin.ts'
import { sqliteCode } from './refusal.ts'
import { stepBack } from './step-back.ts'

/** Has SQLite look at one table after the other, and tells of each at once: whoever asked may lose patience at any time. */
export async function quickCheck(request: QuickCheckRequest, tell: (report: Report) => void): Promise<undefined> {
  stepBack()
  const pinned = await pin(request, tell)
  try {
    const { connection } = pinned
    connection.exec('PRAGMA cache_size = -16384')
    const there = connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 ORDER BY name").map(([name]) => String(name))
    for (const table of request.only ?? there.filter((name) => name > request.after)) {
      tell({ type: 'examining', table })
      tell({ type: 'examined', table, findings: there.includes(table) ? findingsIn(connection, table) : [] })
      // Messages go out when others have had their turn.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return undefined
  } finally {
    pinned.release()
  }
}

function findingsIn(connection: Connection, table: string): string[] {
  try {
    const rows = connection.rows(`PRAGMA quick_check('${table.replaceAll("'", "''")}')`).map(([text]) => String(text))
    return rows.filter((text) => text !== 'ok' && !isAboutValues.test(text)).slice(0, mostFindings)
  } catch (error) {
    // A collation, function or module of the application is missing here, which says nothing about the database.
    return sqliteCode(error) === 'CORRUPT' ? [(error as Error).message] : []
  }
}

/** What the application's own rules forbid, and was stored all the same: by an older schema, or with checks off. No damage. */
const isAboutValues = /^(?:NULL value in|CHECK constraint failed|(?:NUMERIC|TEXT) value in|non-\w+ value in)/
const mostFindings = 5
