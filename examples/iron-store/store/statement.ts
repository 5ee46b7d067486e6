import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/** A prepared statement whose rows have a type. */
export interface Statement<Row> {
  all(...values: readonly SQLInputValue[]): Row[]
  get(...values: readonly SQLInputValue[]): Row | undefined
  run(...values: readonly SQLInputValue[]): number
}

/** Rows have the names of `Row`: where columns are called otherwise, the statement renames them. */
export function prepare<Row>(database: DatabaseSync, sql: string): Statement<Row> {
  const statement = database.prepare(sql)
  return {
    all: (...values) => statement.all(...values) as Row[],
    get: (...values) => statement.get(...values) as Row | undefined,
    run: (...values) => Number(statement.run(...values).lastInsertRowid),
  }
}

/** All of it or nothing. Takes the right to write at the beginning, so that nobody comes between reading and writing. */
export function inTransaction<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    database.exec('COMMIT')
    return result
  } catch (error) {
    // SQLite may have rolled it back by itself, when the disk was full for instance.
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/** For `LIKE ? ESCAPE '\\'`: wherever the text is. */
export function containing(text: string): string {
  return `%${text.trim().replace(/[\\%_]/g, '\\$&')}%`
}
