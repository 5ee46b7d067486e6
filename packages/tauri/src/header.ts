import { BackupError } from '@backup/core'

export interface DatabaseHeader {
  readonly pageSize: number
  readonly pageCount: number
}

export const headerBytes = 100

/** The beginning of a database file: https://www.sqlite.org/fileformat2.html#the_database_header. @throws `corrupt` */
export function readHeader(bytes: Uint8Array, size: number): DatabaseHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const magic = bytes.length === headerBytes && new TextDecoder().decode(bytes.subarray(0, 16)) === 'SQLite format 3\0'
  if (!magic) throw new BackupError('corrupt', 'The file does not begin as a SQLite database does.', { plugin: 'tauri' })
  const stored = view.getUint16(16)
  const pageSize = stored === 1 ? 65_536 : stored
  const pageCount = view.getUint32(28)
  if (pageSize * pageCount === size) return { pageSize, pageCount }
  throw new BackupError('corrupt', `The database has ${size} bytes, which are not its ${pageCount} pages of ${pageSize} bytes.`, { plugin: 'tauri' })
}
