import { manifestVersion } from '../manifest/entry.ts'
import { hashLength } from '../thread/protocol.ts'
import type { Table } from './table.ts'

/** Bytes of a manifest that are handed out at a time. */
const pieceLength = 128 << 10

/** Writes the manifest of what was read. Line by line, and never held as a whole: it is as large as the names of all files. */
export async function* manifestOf(table: Table, roots: readonly string[]): AsyncGenerator<Uint8Array> {
  const hashes = Buffer.from(table.hashes.buffer)
  let piece = Buffer.alloc(pieceLength)
  let filled = 0
  let entries = 0
  /** Puts a line behind the others; when there is no room, those are returned first. */
  const add = (line: string): Uint8Array | undefined => {
    // In UTF-8, no half of a character takes more.
    const most = line.length * 3
    let full: Uint8Array | undefined
    if (filled + most > piece.length) {
      full = piece.subarray(0, filled)
      piece = Buffer.alloc(Math.max(pieceLength, most))
      filled = 0
    }
    filled += piece.write(line, filled)
    return full
  }
  add(line({ type: 'files', version: manifestVersion, roots }))
  for (let entry = 0; entry < table.count; entry++) {
    if (table.isFile(entry) && table.offsets[entry]! < 0) continue
    entries++
    const full = add(entryLine(table, entry, hashes))
    if (full) yield full
  }
  const full = add(line({ type: 'end', entries }))
  if (full) yield full
  yield piece.subarray(0, filled)
}

function line(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(fields)}\n`
}

/** Where there are no owners, the system says that all is root's. */
const owners = process.platform !== 'win32'

/** The fields are of one kind each, and only names need escaping: five times as fast as an object for each entry. */
function entryLine(table: Table, entry: number, hashes: Buffer): string {
  const path = JSON.stringify(table.path(entry))
  const owner = owners ? `,"uid":${table.column('uids', entry)},"gid":${table.column('gids', entry)}` : ''
  const common = `"mode":"${table.column('modes', entry).toString(8)}","mtime":"${table.column('mtimes', entry)}"${owner}`
  if (table.isFolder(entry)) return `{"path":${path},"type":"folder",${common}}\n`
  if (!table.isFile(entry)) return `{"path":${path},"type":"link",${common},"target":${JSON.stringify(table.target(entry))}}\n`
  const hash = hashes.toString('hex', entry * hashLength, (entry + 1) * hashLength)
  const marks = `${table.column('sparse', entry) === 1 ? ',"sparse":true' : ''}${table.changed[entry] === 1 ? ',"changed":true' : ''}`
  const bytes = `"size":${table.column('sizes', entry)},"offset":${table.offsets[entry]},"sha256":"${hash}"`
  return `{"path":${path},"type":"file",${common},${bytes}${marks}}\n`
}
