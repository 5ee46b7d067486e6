import { BackupError, type CallOptions } from '@backup/core'
import type { SnapshotDatabase } from './open-snapshot.ts'

/** A table or view of a snapshot. Plain data. */
export interface TableInfo {
  readonly name: string
  readonly kind: 'table' | 'view' | 'virtual'
  readonly columns: readonly ColumnInfo[]
  /** Rows are found by the primary key alone, and have no number. */
  readonly withoutRowid: boolean
}

export interface ColumnInfo {
  readonly name: string
  /** As declared; may be empty. */
  readonly type: string
  readonly notNull: boolean
  /** Place in the primary key, from 1; 0 for a column that is not part of it. */
  readonly key: number
  /** Computed from others: nobody can write it. */
  readonly generated: boolean
}

/** Those of SQLite itself are left out. */
export async function readTables(database: Pick<SnapshotDatabase, 'query'>, call: CallOptions, schema = 'main'): Promise<readonly TableInfo[]> {
  const tables = await database.query(`SELECT name, type, wr FROM pragma_table_list WHERE schema = ? AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`, [schema], call)
  const columns = await database.query(
    `SELECT l.name AS "table", c.name, c.type, c."notnull", c.pk, c.hidden
       FROM pragma_table_list AS l, pragma_table_xinfo(l.name, l.schema) AS c WHERE l.schema = ? ORDER BY l.name, c.cid`,
    [schema],
    call,
  )
  return tables.map(({ name, type, wr }) => ({
    name: String(name),
    kind: type as TableInfo['kind'],
    withoutRowid: wr === 1,
    columns: columns
      .filter((column) => column['table'] === name && column['hidden'] !== 1)
      .map((column) => ({
        name: String(column['name']),
        type: String(column['type']),
        notNull: column['notnull'] === 1,
        key: Number(column['pk']),
        generated: column['hidden'] === 2 || column['hidden'] === 3,
      })),
  }))
}

/** A table that has rows of its own, however its name is written. @throws `not-found` */
export async function tableNamed(database: SnapshotDatabase, name: string, call: CallOptions): Promise<TableInfo> {
  const table = (await database.tables(call)).find((one) => one.kind === 'table' && one.name.toLowerCase() === name.toLowerCase())
  if (table) return table
  throw new BackupError('not-found', `Snapshot ${database.snapshot.id.slice(0, 12)} has no table "${name}".`, { plugin: 'sqlite-travel', key: name })
}
