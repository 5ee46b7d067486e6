/** The first 100 bytes of a database, as https://sqlite.org/fileformat2.html#the_database_header has them. */
export interface Header {
  readonly pageBytes: number
  /** Incremented by every transaction in a rollback mode; not by those in WAL mode. */
  readonly changeCounter: number
  /** Pages according to page 1; not to be believed unless `pageCountValid`. */
  readonly pageCount: number
  readonly pageCountValid: boolean
  /** First page of the list of free ones, from 1; 0 when there are none. */
  readonly firstFreePage: number
  readonly freePages: number
  /** Bytes at the end of each page that belong to extensions. */
  readonly reservedBytes: number
  readonly schemaCookie: number
  readonly autoVacuum: 'none' | 'full' | 'incremental'
  readonly encoding: string
  readonly userVersion: number
  readonly applicationId: number
}

export const headerBytes = 100

/** Nothing when the bytes do not begin as every unencrypted database does. */
export function readHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length < headerBytes || !magic.every((byte, i) => bytes[i] === byte)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  const pageBytes = view.getUint16(16) === 1 ? 65536 : view.getUint16(16)
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) return undefined
  const vacuumed = view.getUint32(52) !== 0
  return {
    pageBytes,
    changeCounter: view.getUint32(24),
    pageCount: view.getUint32(28),
    pageCountValid: view.getUint32(24) === view.getUint32(92) && view.getUint32(28) > 0,
    firstFreePage: view.getUint32(32),
    freePages: view.getUint32(36),
    reservedBytes: view.getUint8(20),
    schemaCookie: view.getUint32(40),
    autoVacuum: !vacuumed ? 'none' : view.getUint32(64) !== 0 ? 'incremental' : 'full',
    encoding: encodings[view.getUint32(56)] ?? 'none yet',
    userVersion: view.getInt32(60),
    applicationId: view.getInt32(68),
  }
}

const magic = new TextEncoder().encode('SQLite format 3\0')

const encodings: Readonly<Record<number, string>> = { 1: 'UTF-8', 2: 'UTF-16le', 3: 'UTF-16be' }
