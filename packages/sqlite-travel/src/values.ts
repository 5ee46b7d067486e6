import { SQLITE_ROW, SQLITE_TEXT } from '@journeyapps/wa-sqlite'
import type { EngineModule } from './module.ts'
import type { Row, SqlValue } from './row.ts'

const utf8 = new TextDecoder()

/** @returns a function that reads the next row, and nothing after the last */
export function readStatement(sqlite: SQLiteAPI, module: EngineModule, statement: number): () => Promise<Row | undefined> {
  const names = sqlite.column_names(statement)
  const valueOf = (column: number): SqlValue => {
    if (sqlite.column_type(statement, column) !== SQLITE_TEXT) {
      const value = sqlite.column(statement, column) as SqlValue
      // What SQLite has in its memory will be something else after the next step.
      return value instanceof Uint8Array ? value.slice() : value
    }
    // By its length, for a text may hold the character that ends texts in C.
    const start = module._sqlite3_column_text(statement, column)
    return utf8.decode(module.HEAPU8.subarray(start, start + module._sqlite3_column_bytes(statement, column)))
  }
  return async () => {
    if ((await sqlite.step(statement)) !== SQLITE_ROW) return undefined
    return Object.fromEntries(names.map((name, column) => [name, valueOf(column)]))
  }
}
