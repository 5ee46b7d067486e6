import type { CallOptions } from '@backup/core'
import { identityOf, keyNames, quoted } from './names.ts'
import type { SnapshotDatabase } from './open-snapshot.ts'
import type { Row, SqlValue } from './row.ts'
import { tableNamed } from './tables.ts'

/** Rows of a table in the order of their keys. */
export interface RowPage {
  /** As it is written in the database. */
  readonly table: string
  readonly columns: readonly string[]
  /** Names of what rows are recognised by: columns, or `rowid` where no key tells them apart. */
  readonly key: readonly string[]
  readonly rows: readonly { readonly key: readonly SqlValue[]; readonly row: Row }[]
  readonly isMore: boolean
}

export interface RowPageRequest {
  readonly table: string
  readonly limit: number
  /** Begin with this key, or the next one there is. The first values of a key will do. */
  readonly from?: readonly SqlValue[]
  /** Begin behind this key. */
  readonly after?: readonly SqlValue[]
}

/** A page of a table. With the primary key it reads only what it shows, however large the table is. */
export async function readPage(database: SnapshotDatabase, { table: name, limit, from, after }: RowPageRequest, call: CallOptions): Promise<RowPage> {
  const table = await tableNamed(database, name, call)
  const identity = identityOf(table)
  const keys = identity.columns.map((column) => `t.${column}`)
  const start = after ?? from
  const given = start ? keys.slice(0, start.length) : []
  const where = given.length > 0 ? `WHERE (${given.join(', ')}) ${after ? '>' : '>='} (${given.map(() => '?').join(', ')})` : ''
  const columns = table.columns.map((column) => column.name)
  const listed = [...keys.map((key, at) => `${key} AS ${quoted(`key ${at}`)}`), ...columns.map((column, at) => `t.${quoted(column)} AS ${quoted(`cell ${at}`)}`)]
  const sql = `SELECT ${listed.join(', ')} FROM ${quoted(table.name)} AS t ${where} ORDER BY ${keys.join(', ')} LIMIT ?`
  const found = await database.query(sql, [...(start ?? []).slice(0, given.length), limit + 1], call)
  return {
    table: table.name,
    columns,
    key: keyNames(table),
    rows: found.slice(0, limit).map((row) => ({
      key: keys.map((_, at) => row[`key ${at}`]!),
      row: Object.fromEntries(columns.map((column, at) => [column, row[`cell ${at}`]!])),
    })),
    isMore: found.length > limit,
  }
}
