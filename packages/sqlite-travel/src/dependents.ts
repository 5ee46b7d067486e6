import type { LiveWork } from './live-database.ts'
import { type Identity, quoted } from './names.ts'
import { type RowBack, matching } from './plan-rows-back.ts'

/** Rows of a table that SQLite removes or changes by itself when a row goes to which they refer. */
export interface Dependent {
  readonly child: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** https://www.sqlite.org/foreignkeys.html#fk_actions: those without an action refuse it themselves. */
export function* dependentsOf(table: string): LiveWork<readonly Dependent[]> {
  const [enforced] = yield { sql: 'PRAGMA foreign_keys', hasRows: true }
  if (Number(enforced?.['foreign_keys']) !== 1) return []
  const sql = `SELECT m.name AS child, f.id, f."from" AS own, coalesce(f."to", (SELECT name FROM pragma_table_info(?) WHERE pk = f.seq + 1)) AS other
      FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f
    WHERE m.type = 'table' AND lower(f."table") = lower(?) AND f.on_delete IN ('CASCADE', 'SET NULL', 'SET DEFAULT') ORDER BY m.name, f.id, f.seq`
  const found = new Map<string, { child: string; from: string[]; to: string[] }>()
  for (const { child, id, own, other } of yield { sql, params: [table, table], hasRows: true }) {
    const name = `${String(id)} ${String(child)}`
    const dependent = found.get(name) ?? { child: String(child), from: [], to: [] }
    found.set(name, dependent)
    dependent.from.push(String(own))
    dependent.to.push(String(other))
  }
  return [...found.values()]
}

/** A table of which rows would go, or change, along with a row. Those that go themselves do not count. */
export function* changedAlong(table: string, identity: Identity, { key }: RowBack, going: readonly RowBack[], dependents: readonly Dependent[]): LiveWork<string | undefined> {
  for (const { child, from, to } of dependents) {
    const refers = from.map((name, at) => `c.${quoted(name)} = t.${quoted(to[at]!)}`).join(' AND ')
    const isOwn = child.toLowerCase() === table.toLowerCase()
    const places = going.map(() => `(${identity.columns.map(() => '?').join(', ')})`).join(', ')
    const stays = isOwn ? ` AND (${identity.columns.map((column) => `c.${column}`).join(', ')}) NOT IN (VALUES ${places})` : ''
    const sql = `SELECT 1 AS found FROM ${quoted(table)} AS t, ${quoted(child)} AS c WHERE ${matching(identity)} AND ${refers}${stays} LIMIT 1`
    const [there] = yield { sql, params: [...key, ...(isOwn ? going.flatMap((one) => one.key) : [])], hasRows: true }
    if (there) return child
  }
  return undefined
}
