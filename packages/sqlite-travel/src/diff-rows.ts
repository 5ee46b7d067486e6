import { type Backup, BackupError, type CallOptions, type OpenedStream } from '@backup/core'
import { type RowRange, changedRows } from './changed-rows.ts'
import { identityOf, quoted, rowidOf } from './names.ts'
import type { OpenSnapshotOptions } from './open-snapshot.ts'
import { type Both, type Schema, openBoth } from './open-both.ts'
import type { Row, SqlValue } from './row.ts'
import type { TableInfo } from './tables.ts'

/** What became of one row. Where rows have no key of their own, `rowid` is among their columns. */
export type RowChange =
  | { readonly change: 'added'; readonly after: Row }
  | { readonly change: 'removed'; readonly before: Row }
  | { readonly change: 'changed'; readonly before: Row; readonly after: Row; readonly columns: readonly string[] }

export interface DiffRowsOptions extends OpenSnapshotOptions {
  readonly table: string
}

/**
 * The rows of a table that are not the same in two snapshots, recognised by their primary key, or by their number where there is none. Of
 * columns, those are compared that both have. Where little has changed, little is read: pages that are the same in both hold the same rows.
 *
 * @param from, to `latest`, or the beginning of an id
 * @throws `not-found` when neither has the table; what {@link openSnapshot} throws
 *
 * @example
 * for await (const row of diffRows(backup, 'b2f5', 'latest', { table: 'products' })) console.log(row)
 */
export async function* diffRows(
  backup: Pick<Backup, 'openStream'>,
  from: string,
  to: string,
  { table, ...options }: DiffRowsOptions,
): AsyncGenerator<RowChange, void, undefined> {
  const both = await openBoth(backup, from, to, options)
  try {
    yield* rowChanges(both, table, options.signal ? { signal: options.signal } : {})
  } finally {
    await both.close()
  }
}

/** @throws `not-found` when neither has the table */
export async function* rowChanges({ before, after, query, rows, tablesOf }: Both, name: string, call: CallOptions): AsyncGenerator<RowChange, void, undefined> {
  const tableIn = async (schema: Schema): Promise<TableInfo | undefined> =>
    (await tablesOf(schema, call)).find((one) => one.kind === 'table' && one.name.toLowerCase() === name.toLowerCase())
  const [old, now] = [await tableIn('before'), await tableIn('main')]
  if (!old || !now) {
    if (!old && !now) throw new BackupError('not-found', `Neither of the snapshots has a table "${name}".`, { plugin: 'sqlite-travel', key: name })
    const [schema, table] = old ? (['before', old] as const) : (['main', now!] as const)
    for await (const row of rows(`SELECT ${listed(table, 't')} FROM ${schema}.${quoted(table.name)} AS t`, [], call)) {
      yield old ? { change: 'removed', before: row } : { change: 'added', after: row }
    }
    return
  }
  const identity = identityOf(now)
  const same = identity.columns.length === identityOf(old).columns.length && identity.columns.every((column, at) => column === identityOf(old).columns[at])
  if (!same) throw new BackupError('unsupported', `Table "${name}" has another primary key in each of the snapshots.`, { plugin: 'sqlite-travel', key: name })

  const ranges = old.withoutRowid || now.withoutRowid ? undefined : await rangesOf((sql, params) => query(sql, params, call), before, after, old, now, call)
  const table = { old: `before.${quoted(old.name)}`, now: `main.${quoted(now.name)}` }
  const match = identity.columns.map((column) => `o.${column} IS n.${column}`).join(' AND ')
  const common = now.columns.filter(({ name: column }) => old.columns.some((one) => one.name === column)).map(({ name: column }) => column)
  // Whatever the column's own rules say about what counts as equal.
  const differ = common.map((column) => `o.${quoted(column)} IS NOT n.${quoted(column)} COLLATE BINARY OR typeof(o.${quoted(column)}) <> typeof(n.${quoted(column)})`).join(' OR ') || '0'
  const within = (alias: string, of: TableInfo): string => (ranges ? ` AND ${alias}.${rowidOf(of)} BETWEEN ? AND ?` : '')
  const both = [...prefixed(old, 'o', 'before '), ...prefixed(now, 'n', 'after ')].join(', ')
  for (const range of ranges ?? [[]]) {
    for await (const row of rows(`SELECT ${both} FROM ${table.old} AS o CROSS JOIN ${table.now} AS n ON ${match} WHERE (${differ})${within('o', old)}`, range, call)) {
      const [was, is] = [stripped(row, 'before '), stripped(row, 'after ')]
      yield { change: 'changed', before: was, after: is, columns: common.filter((column) => !isSame(was[column], is[column])) }
    }
    const gone = `SELECT ${listed(old, 'o')} FROM ${table.old} AS o WHERE NOT EXISTS (SELECT 1 FROM ${table.now} AS n WHERE ${match})${within('o', old)}`
    for await (const row of rows(gone, range, call)) yield { change: 'removed', before: row }
    const fresh = `SELECT ${listed(now, 'n')} FROM ${table.now} AS n WHERE NOT EXISTS (SELECT 1 FROM ${table.old} AS o WHERE ${match})${within('n', now)}`
    for await (const row of rows(fresh, range, call)) yield { change: 'added', after: row }
  }
}

/** Where rows may be different, if the pages can tell. */
async function rangesOf(
  query: (sql: string, params: readonly SqlValue[]) => Promise<Row[]>,
  before: OpenedStream,
  after: OpenedStream,
  old: TableInfo,
  now: TableInfo,
  call: CallOptions,
): Promise<readonly RowRange[] | undefined> {
  const described = async (schema: string, table: TableInfo): Promise<Row> =>
    (await query(`SELECT rootpage, sql FROM ${schema}.sqlite_schema WHERE type = 'table' AND name = ?`, [table.name]))[0]!
  const [was, is] = [await described('before', old), await described('main', now)]
  // Equal bytes of a row mean something else when its columns are others.
  if (was['sql'] !== is['sql']) return undefined
  return changedRows(before, after, { before: Number(was['rootpage']), after: Number(is['rootpage']) }, call)
}

function listed(table: TableInfo, alias: string): string {
  return prefixed(table, alias, '').join(', ')
}

function prefixed(table: TableInfo, alias: string, prefix: string): string[] {
  const identity = identityOf(table)
  const own = table.columns.map(({ name }) => `${alias}.${quoted(name)} AS ${quoted(prefix + name)}`)
  return identity.isRowid ? [`${alias}.${identity.columns[0]} AS ${quoted(`${prefix}rowid`)}`, ...own] : own
}

function stripped(row: Row, prefix: string): Row {
  return Object.fromEntries(Object.entries(row).flatMap(([name, value]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [])))
}

function isSame(one: SqlValue | undefined, other: SqlValue | undefined): boolean {
  if (!(one instanceof Uint8Array) || !(other instanceof Uint8Array)) return Object.is(one, other)
  return one.length === other.length && one.every((byte, at) => byte === other[at])
}
