import { type Backup, BackupError, type CallOptions, type Run } from '@backup/core'
import { type BringRowsBackRequest, type RowsBackReport, bringRowsBack } from './bring-rows-back.ts'
import { type RowChange, rowChanges } from './diff-rows.ts'
import { type TableChange, tableChanges } from './diff-tables.ts'
import { keptOpen } from './kept-open.ts'
import type { LiveDatabase } from './live-database.ts'
import { keyNames } from './names.ts'
import { type Both, type Schema, openBoth } from './open-both.ts'
import { type OpenSnapshotOptions, type SnapshotDatabase, openSnapshot } from './open-snapshot.ts'
import { type RowsBackPlan, type RowsBackRequest, planRowsIn } from './plan-rows-back.ts'
import { type RowPage, type RowPageRequest, readPage } from './read-page.ts'
import type { TableInfo } from './tables.ts'

export interface SqliteTravelOptions extends Omit<OpenSnapshotOptions, 'signal'> {
  /** The application's own database, for rows that come back. @default none: snapshots are looked into, and nothing comes back */
  readonly live?: LiveDatabase
}

/** All of this package as a server offers it: what was opened stays open for a minute. Snapshots have their whole ids here. */
export interface SqliteTravel {
  /** Whether rows can come back. */
  readonly canBringBack: boolean
  tables(backup: Backup, snapshot: string, call?: CallOptions): Promise<readonly TableInfo[]>
  /** A page of a table, in the order of its keys. */
  rows(backup: Backup, snapshot: string, request: RowPageRequest, call?: CallOptions): Promise<RowPage>
  changedTables(backup: Backup, from: string, to: string, call?: CallOptions): Promise<readonly TableChange[]>
  /** Beginning of what differs, and whether there is more. */
  changedRows(backup: Backup, from: string, to: string, request: { readonly table: string; readonly limit: number }, call?: CallOptions): Promise<ChangedRows>
  planRowsBack(backup: Backup, snapshot: string, request: Pick<RowsBackRequest, 'table' | 'keys' | 'conflict' | 'absent'>, call?: CallOptions): Promise<RowsBackPlan>
  bringRowsBack(backup: Backup, plan: RowsBackPlan, request: BringRowsBackRequest): Run<RowsBackReport>
  close(): Promise<void>
}

export interface ChangedRows {
  /** Of the later snapshot, then those that only the earlier one has. */
  readonly columns: readonly string[]
  /** Names of what rows are recognised by: columns, or `rowid`. */
  readonly key: readonly string[]
  readonly changes: readonly RowChange[]
  readonly isMore: boolean
}

/** Each takes some tens of megabytes. */
const mostOpen = 2
const idleMs = 60_000
const countedRows = 1000

/**
 * For option `travel` of `createBackupHandler()`.
 *
 * @example
 * const handler = createBackupHandler(backup, { authorize, travel: sqliteTravel({ live: store }) })
 */
export function sqliteTravel({ live, ...options }: SqliteTravelOptions = {}): SqliteTravel {
  const single = keptOpen<SnapshotDatabase>(mostOpen, idleMs)
  const pairs = keptOpen<Both>(1, idleMs)
  // Never opened with the signal of one who asks: others will.
  const inSnapshot = <Result>(backup: Backup, id: string, use: (database: SnapshotDatabase) => Promise<Result>): Promise<Result> =>
    single.with(id, () => openSnapshot(backup, id, options), use)
  const inBoth = <Result>(backup: Backup, from: string, to: string, use: (both: Both) => Promise<Result>): Promise<Result> =>
    pairs.with(`${from} ${to}`, () => openBoth(backup, from, to, options), use)
  const database = (): LiveDatabase => {
    if (live !== undefined) return live
    throw new BackupError('unsupported', 'No rows come back here: the live database is not at hand.', {
      plugin: 'sqlite-travel',
      hint: 'Give sqliteTravel() the database that the application has open: sqliteTravel({ live: store }).',
    })
  }

  return {
    canBringBack: live !== undefined,
    tables: (backup, snapshot, call = {}) => inSnapshot(backup, snapshot, (opened) => opened.tables(call)),
    rows: (backup, snapshot, request, call = {}) => inSnapshot(backup, snapshot, (opened) => readPage(opened, request, call)),
    changedTables: (backup, from, to, call = {}) => inBoth(backup, from, to, (both) => tableChanges(both, countedRows, call)),
    changedRows: (backup, from, to, { table, limit }, call = {}) =>
      inBoth(backup, from, to, async (both) => {
        const changes: RowChange[] = []
        for await (const change of rowChanges(both, table, call)) {
          // One more tells that there are more.
          if (changes.push(change) > limit) break
        }
        return { ...(await shapeOf(both, table, call)), changes: changes.slice(0, limit), isMore: changes.length > limit }
      }),
    async planRowsBack(backup, snapshot, { table, keys, conflict = 'skip', absent = 'keep' }, call = {}) {
      const into = database()
      return inSnapshot(backup, snapshot, (opened) => planRowsIn(opened, into, { table, keys, conflict, absent }, call))
    },
    bringRowsBack: (backup, plan, request) => bringRowsBack(backup, plan, database(), request),
    async close() {
      await single.close()
      await pairs.close()
    },
  }
}

async function shapeOf(both: Both, name: string, call: CallOptions): Promise<Pick<ChangedRows, 'columns' | 'key'>> {
  const named = async (schema: Schema): Promise<readonly TableInfo[]> =>
    (await both.tablesOf(schema, call)).filter((table) => table.kind === 'table' && table.name.toLowerCase() === name.toLowerCase())
  const tables = [...(await named('main')), ...(await named('before'))]
  return { columns: [...new Set(tables.flatMap(({ columns }) => columns.map((column) => column.name)))], key: keyNames(tables[0]!) }
}
