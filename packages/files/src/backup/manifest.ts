import { manifestVersion } from '../manifest/entry.ts'
import { type Table, hashLength } from './table.ts'

/** Bytes of a manifest that are handed out at a time. */
const pieceLength = 256 << 10

/** Writes the manifest of what was read. Line by line, and never held as a whole: it is as large as the names of all files. */
export async function* manifestOf(table: Table, roots: readonly string[]): AsyncGenerator<Uint8Array> {
  const hashes = Buffer.from(table.hashes.buffer)
  let text = line({ type: 'files', version: manifestVersion, roots })
  let entries = 0
  for (let entry = 0; entry < table.count; entry++) {
    if (table.isFile(entry) && table.offsets[entry]! < 0) continue
    text += entryLine(table, entry, hashes)
    entries++
    if (text.length < pieceLength) continue
    yield new TextEncoder().encode(text)
    text = ''
  }
  yield new TextEncoder().encode(text + line({ type: 'end', entries }))
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
