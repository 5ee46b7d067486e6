import { readSync } from 'node:fs'
import { endianness } from 'node:os'

/**
 * Where the write-ahead log ends, as all connections agree: the last frame of the last committed transaction.
 */
export interface LogEnd {
  readonly frames: number
  /** Pages of the database after that transaction. */
  readonly pageCount: number
  readonly pageBytes: number
  /** Checksum of all frames so far. */
  readonly checksum: readonly [number, number]
  /** Eight bytes that the log's header and frames repeat; others after the log begins anew. */
  readonly salts: Uint8Array
}

/**
 * Reads the header of the shared memory file (https://sqlite.org/walformat.html#the_wal_index_file_format).
 * It is kept twice, and written in such an order that two equal copies are one state. Nothing when they are
 * unequal, as they are for moments, or when the format is another.
 */
export function readLogEnd(sharedMemory: number): LogEnd | undefined {
  const bytes = new Uint8Array(2 * copyBytes)
  if (readSync(sharedMemory, bytes, 0, bytes.length, 0) < bytes.length) return undefined
  for (let i = 0; i < copyBytes; i++) if (bytes[i] !== bytes[copyBytes + i]) return undefined
  const view = new DataView(bytes.buffer)
  if (view.getUint32(0, little) !== formatVersion || bytes[12] !== 1) return undefined
  const size = view.getUint16(14, little)
  return {
    frames: view.getUint32(16, little),
    pageCount: view.getUint32(20, little),
    pageBytes: size === 1 ? 65536 : size,
    checksum: [view.getUint32(24, little), view.getUint32(28, little)],
    salts: bytes.slice(32, 40),
  }
}

const copyBytes = 48
const formatVersion = 3007000

/** The file is never moved between machines, so its numbers are in the order of the processor. */
const little = endianness() === 'LE'
