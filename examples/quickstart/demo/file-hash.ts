import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'

/** Bytes of a file, from the first up to but without the second. */
export type Range = readonly [from: number, to: number]

/**
 * The counters in a database's header that SQLite moves on when it writes: the change counter, the schema
 * cookie, and what goes with the change counter (https://sqlite.org/fileformat2.html#the_database_header).
 */
export const sqliteCounters: readonly Range[] = [[24, 28], [40, 44], [92, 100]]

/** SHA-256 of a file in hex. What lies in `blank`, within the first 4 KiB, counts as zero. */
export async function sha256Of(path: string, blank: readonly Range[] = []): Promise<string> {
  const hash = createHash('sha256')
  let offset = 0
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    if (offset === 0) for (const [from, to] of blank) piece.fill(0, from, to)
    offset += piece.length
    hash.update(piece)
  }
  return hash.digest('hex')
}
