import { BackupError } from '@backup/core'
import type { TableInfo } from './tables.ts'

/** A name as it stands in SQL, whatever is in it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** By what a row is recognised: columns, as they stand in SQL. */
export interface Identity {
  readonly columns: readonly string[]
  /** The number of the row, which is not among what `*` stands for, and not part of the table's own columns. */
  readonly isRowid: boolean
}

/** The primary key, where no two rows can have the same; otherwise the number of the row. */
export function identityOf(table: TableInfo): Identity {
  const key = table.columns.filter((column) => column.key > 0).sort((a, b) => a.key - b.key)
  // Of a table with row numbers, columns of the key may be NULL, in many rows, unless they are the number themselves.
  const isUnique = key.length > 0 && (table.withoutRowid || isRowidAlias(table) || key.every(({ notNull }) => notNull))
  if (isUnique) return { columns: key.map(({ name }) => quoted(name)), isRowid: false }
  return { columns: [rowidOf(table)], isRowid: true }
}

/** Names of what {@link identityOf} is made of. */
export function keyNames(table: TableInfo): readonly string[] {
  if (identityOf(table).isRowid) return ['rowid']
  return table.columns.filter(({ key }) => key > 0).sort((a, b) => a.key - b.key).map(({ name }) => name)
}

/** A word for the number of the row that no column has taken for itself. */
export function rowidOf(table: TableInfo): string {
  const taken = new Set(table.columns.map(({ name }) => name.toLowerCase()))
  const word = ['rowid', '_rowid_', 'oid'].find((one) => !taken.has(one))
  if (word && !table.withoutRowid) return word
  throw new BackupError('unsupported', `The rows of table "${table.name}" cannot be told apart: it has no primary key without NULLs, and no row number.`, {
    plugin: 'sqlite-travel',
    key: table.name,
  })
}

/** https://sqlite.org/lang_createtable.html#rowid */
function isRowidAlias({ columns, withoutRowid }: TableInfo): boolean {
  const key = columns.filter((column) => column.key > 0)
  return !withoutRowid && key.length === 1 && key[0]!.type.toUpperCase() === 'INTEGER'
}
