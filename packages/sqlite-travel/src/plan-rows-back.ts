import { type Backup, BackupError, type CallOptions } from '@backup/core'
import { type LiveDatabase, type LiveWork, carryOut } from './live-database.ts'
import { type Identity, identityOf, quoted } from './names.ts'
import { type OpenSnapshotOptions, type SnapshotDatabase, openSnapshot } from './open-snapshot.ts'
import type { Row, SqlValue } from './row.ts'
import { type SeenRow, seenColumns, seenOf } from './seen-row.ts'
import { type TableInfo, tableNamed } from './tables.ts'

/** What to bring back, and what to do where a row is there and is another one by now. */
export interface RowsBackRequest extends OpenSnapshotOptions {
  readonly table: string
  /** Primary keys: a value each, or an array of them where the key has several columns, in its order. 1 to 1,000. */
  readonly keys: readonly (SqlValue | readonly SqlValue[])[]
  /** @default 'skip' */
  readonly conflict?: 'skip' | 'replace'
  /** What to do where the snapshot does not have a row: `remove` makes the table as it was, for these keys. @default 'keep' */
  readonly absent?: 'keep' | 'remove'
}

/** What bringing rows back would do. Touches nothing. */
export interface RowsBackPlan {
  /** Id of the snapshot. */
  readonly snapshot: string
  readonly table: string
  /** By what its rows are recognised. */
  readonly identity: Identity
  readonly conflict: 'skip' | 'replace'
  readonly rows: readonly RowBack[]
  /** Columns that only the snapshot has, and that are lost. */
  readonly leftOut: readonly string[]
  /** Columns that only the live table has: they get their defaults, or keep what they have. */
  readonly untouched: readonly string[]
}

export interface RowBack {
  readonly key: readonly SqlValue[]
  /**
   * `insert`: it is gone; `replace`: it is another one now; `skip`: the same, and that one is to stay; `same`: it is there, as it was;
   * `missing`: the snapshot does not have it; `remove`: it does not have it, and it goes; `orphan`: it refers to rows that the live database does not have, and cannot be brought back
   * without them
   */
  readonly action: 'insert' | 'replace' | 'skip' | 'same' | 'missing' | 'remove' | 'orphan'
  /** As it was, without columns that are computed. */
  readonly row?: Row
  /** As it is in the live database, for people: whole numbers that no number can be are texts. Absent when there is none. */
  readonly now?: Row
  /** The same exactly, with the columns that only the live table has: a row that is another one by then is not touched. */
  readonly seen?: SeenRow
  /** Columns whose values SQLite keeps as floating-point numbers; they may look whole. */
  readonly reals?: readonly string[]
  /** What it refers to and is not there, in words for people. */
  readonly lacks?: readonly string[]
}

const mostKeys = 1000

/**
 * Says what {@link bringRowsBack} would do, row by row.
 *
 * @throws `not-found` when the snapshot or the live database does not have the table; `config`; what {@link openSnapshot} throws
 */
export async function planRowsBack(
  backup: Pick<Backup, 'openStream'>,
  snapshot: string,
  live: LiveDatabase,
  { table, keys, conflict = 'skip', absent = 'keep', ...options }: RowsBackRequest,
): Promise<RowsBackPlan> {
  const database = await openSnapshot(backup, snapshot, options)
  try {
    return await planRowsIn(database, live, { table, keys, conflict, absent }, options.signal ? { signal: options.signal } : {})
  } finally {
    await database.close()
  }
}

/** The same, from a snapshot that is open. */
export async function planRowsIn(
  database: SnapshotDatabase,
  live: LiveDatabase,
  { table: name, keys, conflict, absent }: Required<Pick<RowsBackRequest, 'table' | 'keys' | 'conflict' | 'absent'>>,
  call: CallOptions,
): Promise<RowsBackPlan> {
  if (keys.length < 1 || keys.length > mostKeys) throw new BackupError('config', `Option "keys" must have 1 to ${mostKeys} keys; found ${keys.length}.`, { key: 'keys' })
  const table = await tableNamed(database, name, call)
  const identity = identityOf(table)
  const rows: FoundRow[] = []
  for (const one of keys) {
    const key = Array.isArray(one) ? (one as readonly SqlValue[]) : [one as SqlValue]
    if (key.length !== identity.columns.length) {
      throw new BackupError('config', `A key of table "${name}" has ${identity.columns.length} values: ${identity.columns.join(', ')}.`, { key: 'keys' })
    }
    const from = `FROM ${quoted(table.name)} AS t WHERE ${matching(identity)}`
    const [row] = await database.query(`SELECT ${columnsOf(table, identity, (column) => column)} ${from}`, key, call)
    const [types] = await database.query(`SELECT ${columnsOf(table, identity, (column) => `typeof(${column})`)} ${from}`, key, call)
    const reals = Object.keys(types ?? {}).filter((column) => types![column] === 'real')
    rows.push({ key, ...(row && { row, reals }) })
  }
  const found = await carryOut(live, examine(table, identity, rows, { conflict, absent }))
  return { snapshot: database.snapshot.id, table: table.name, identity, conflict, ...found }
}

/** Everything that can be written. */
function columnsOf(table: TableInfo, { isRowid, columns }: Identity, shape: (column: string) => string): string {
  const own = table.columns.filter(({ generated }) => !generated).map(({ name }) => `${shape(`t.${quoted(name)}`)} AS ${quoted(name)}`)
  return (isRowid ? [`${shape(`t.${columns[0]}`)} AS rowid`, ...own] : own).join(', ')
}

/** A row of the snapshot, if it has it. */
export type FoundRow = Pick<RowBack, 'key' | 'row' | 'reals'>

export function matching({ columns }: Identity): string {
  return columns.map((column) => `t.${column} IS ?`).join(' AND ')
}

/** Looks at the live database as it is now. */
function* examine(
  table: TableInfo,
  identity: Identity,
  rows: readonly FoundRow[],
  rules: Rules,
): LiveWork<Pick<RowsBackPlan, 'rows' | 'leftOut' | 'untouched'>> {
  const live = yield* liveColumns(table.name)
  if (live.size === 0) throw new BackupError('not-found', `The live database has no table "${table.name}".`, { plugin: 'sqlite-travel', key: table.name })
  const own = table.columns.filter(({ generated }) => !generated).map(({ name }) => name)
  const written = own.filter((name) => live.has(name))
  const lost = identity.isRowid ? [] : identity.columns.filter((column) => !written.some((name) => quoted(name) === column))
  if (lost.length > 0) throw new BackupError('unsupported', `The live table "${table.name}" has no ${lost.join(', ')} any more.`, { plugin: 'sqlite-travel', key: table.name })
  const references = yield* referencesOf(table.name, live)
  const plan: RowBack[] = []
  const columns = { live: [...live], written }
  for (const row of rows) plan.push(yield* examineRow(table.name, identity, row, columns, references, rules))
  return { rows: plan, leftOut: own.filter((name) => !live.has(name)), untouched: [...live].filter((name) => !own.includes(name)) }
}

/** Those that can be written. */
export function* liveColumns(table: string): LiveWork<ReadonlySet<string>> {
  const there = yield { sql: 'SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0', params: [table], hasRows: true }
  return new Set(there.map(({ name }) => String(name)))
}

type Rules = Required<Pick<RowsBackRequest, 'conflict' | 'absent'>>

function* examineRow(
  table: string,
  identity: Identity,
  { key, row: whole, reals = [] }: FoundRow,
  { live, written }: { readonly live: readonly string[]; readonly written: readonly string[] },
  references: readonly Reference[],
  { conflict, absent }: Rules,
): LiveWork<RowBack> {
  const row = whole && Object.fromEntries([...(identity.isRowid ? ['rowid'] : []), ...written].map((name) => [name, whole[name]!]))
  // The live database compares, so no value has to pass through a driver that may make another of it.
  const same = row ? written.map((name) => `(t.${quoted(name)} IS ? COLLATE BINARY AND typeof(t.${quoted(name)}) = ?)`).join(' AND ') : '0'
  const compared = row ? written.flatMap((name) => [exact(row[name]!, reals.includes(name)), typeOf(row[name]!, reals.includes(name))]) : []
  const shown = written.map((name) => `${shownOf(`t.${quoted(name)}`)} AS ${quoted(`now ${name}`)}`)
  const sql = `SELECT ${[`(${same}) AS same`, ...shown, ...seenColumns(live)].join(', ')} FROM ${quoted(table)} AS t WHERE ${matching(identity)}`
  const [there] = yield { sql, params: [...compared, ...key], hasRows: true }
  const found = { key, ...(there && { now: Object.fromEntries(written.map((name) => [name, there[`now ${name}`]!])), seen: seenOf(there, live) }) }
  if (!row) return { ...found, action: there && absent === 'remove' ? 'remove' : 'missing' }
  const known = { ...found, row, reals }
  if (there && Number(there['same']) === 1) return { ...known, action: 'same' }
  if (there && conflict === 'skip') return { ...known, action: 'skip' }
  const lacks = yield* lacksOf(row, references)
  return { ...known, action: lacks.length > 0 ? 'orphan' : there ? 'replace' : 'insert', ...(lacks.length > 0 && { lacks }) }
}

/** Not all drivers hand out whole numbers that no number can be. */
function shownOf(column: string): string {
  return `CASE WHEN typeof(${column}) = 'integer' AND ${column} NOT BETWEEN -9007199254740991 AND 9007199254740991 THEN CAST(${column} AS TEXT) ELSE ${column} END`
}

/** What a row refers to and is not there. */
export function* lacksOf(row: Row, references: readonly Reference[]): LiveWork<readonly string[]> {
  const lacks: string[] = []
  for (const { parent, from, to } of references) {
    const values = from.map((name) => row[name] ?? null)
    if (values.includes(null)) continue
    const sql = `SELECT 1 AS found FROM ${quoted(parent)} WHERE ${to.map((name) => `${quoted(name)} = ?`).join(' AND ')} LIMIT 1`
    const [there] = yield { sql, params: values, hasRows: true }
    if (!there) lacks.push(`${parent} (${to.map((name, at) => `${name} ${String(values[at])}`).join(', ')})`)
  }
  return lacks
}

export interface Reference {
  readonly parent: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** What rows of a table refer to in others. Those within the table itself are left to SQLite: they may come together. */
export function* referencesOf(table: string, columns: ReadonlySet<string>): LiveWork<readonly Reference[]> {
  const found = new Map<number, { parent: string; from: string[]; to: string[] }>()
  const rows = yield { sql: 'SELECT id, "table" AS parent, "from" AS own, "to" AS other FROM pragma_foreign_key_list(?) ORDER BY id, seq', params: [table], hasRows: true }
  for (const { id, parent, own, other } of rows) {
    if (String(parent).toLowerCase() === table.toLowerCase() || !columns.has(String(own))) continue
    const reference = found.get(Number(id)) ?? { parent: String(parent), from: [], to: [] }
    found.set(Number(id), reference)
    reference.from.push(String(own))
    if (other !== null) reference.to.push(String(other))
  }
  for (const reference of found.values()) {
    if (reference.to.length > 0) continue
    const keys = yield { sql: 'SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk', params: [reference.parent], hasRows: true }
    reference.to.push(...keys.map(({ name }) => String(name)))
  }
  return [...found.values()].filter(({ from, to }) => from.length === to.length)
}

/** Drivers bind numbers as they like; what is whole is told to them as such. */
export function exact(value: SqlValue, isReal: boolean): SqlValue {
  return typeof value === 'number' && !isReal ? BigInt(value) : value
}

function typeOf(value: SqlValue, isReal: boolean): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return 'text'
  if (value instanceof Uint8Array) return 'blob'
  return isReal ? 'real' : 'integer'
}
