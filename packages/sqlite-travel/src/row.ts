/** What SQLite stores. Whole numbers beyond 2^53 come as `bigint`. */
export type SqlValue = null | number | bigint | string | Uint8Array

/** By the names of columns; of several with one name the last counts. */
export type Row = Readonly<Record<string, SqlValue>>

export async function collected(rows: AsyncIterable<Row>): Promise<Row[]> {
  const found: Row[] = []
  for await (const row of rows) found.push(row)
  return found
}
