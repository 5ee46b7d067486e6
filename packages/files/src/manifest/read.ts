import { BackupError } from '@backup/core'
import { pathProblem } from '../names.ts'
import { plugin, shown } from '../problem.ts'
import { type ManifestEntry, type ManifestStart, manifestVersion } from './entry.ts'
import { type GrowingTable, type ManifestTable, growingTable } from './table.ts'

/** A whole manifest, checked. */
export interface Manifest {
  readonly roots: readonly string[]
  readonly entries: readonly ManifestEntry[]
}

/**
 * Reads the stream `manifest` of a snapshot: what was backed up, one entry for each folder, file and link. Two of them can be
 * compared entry by entry: `sha256` tells whether a file has changed.
 *
 * Paths are proved to stay where they belong: none is absolute, leads upwards, comes twice, or lies in anything but a folder.
 *
 * @throws `corrupt` when it is not a whole manifest; `unsupported` when a later version wrote it
 *
 * @example
 * ```ts
 * const { entries } = readManifest(await readFile('restored/manifest'))
 * console.log(entries.filter(({ type }) => type === 'file').length)
 * ```
 */
export function readManifest(bytes: Uint8Array): Manifest {
  const reader = manifestReader()
  reader.write(bytes)
  const table = reader.end()
  return { roots: table.roots, entries: Array.from({ length: table.count }, (_, entry) => table.at(entry)) }
}

/** Reads a manifest as it arrives, piece by piece. */
export interface ManifestReader {
  /** @throws `corrupt`; `unsupported` */
  write(bytes: Uint8Array): void
  /** What was read so far; nothing before the first line. */
  readonly table: ManifestTable | undefined
  /** @throws `corrupt` when something is missing */
  end(): ManifestTable
}

export function manifestReader(): ManifestReader {
  let table: GrowingTable | undefined
  let ended = false
  /** The beginning of a line. */
  let rest: Uint8Array = new Uint8Array(0)
  const take = (line: Uint8Array): void => {
    if (ended) throw broken('something follows its end')
    const fields = parsed(decode(line))
    if (!table) {
      table = growingTable(startOf(fields).roots)
      return
    }
    ended = fields.type === 'end'
    if (!ended) return table.add(placed(entryOf(fields), table))
    if (fields.entries !== table.count) throw broken(`it has ${table.count} entries, not ${String(fields.entries)}`)
  }
  return {
    get table() {
      return table
    },
    write(bytes) {
      let start = 0
      for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
        take(rest.length > 0 ? Buffer.concat([rest, bytes.subarray(start, end)]) : bytes.subarray(start, end))
        if (rest.length > 0) rest = new Uint8Array(0)
        start = end + 1
      }
      // A copy: the bytes are not ours.
      if (start < bytes.length) rest = new Uint8Array(Buffer.concat([rest, bytes.subarray(start)]))
    },
    end() {
      if (rest.length > 0) throw broken(ended ? 'something follows its end' : 'it is cut short')
      if (!table) throw broken('it is empty')
      if (!ended) throw broken('it is cut short')
      return table
    },
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw broken('a line is not UTF-8')
  }
}

type Fields = Readonly<Record<string, unknown>>

function parsed(line: string): Fields {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null) return value as Fields
  } catch {
    // Said below.
  }
  throw broken('a line is not a JSON object')
}

function startOf({ type, version, roots }: Fields): ManifestStart {
  if (type !== 'files' || typeof version !== 'number') throw broken('it does not begin like one')
  if (version !== manifestVersion) throw new BackupError('unsupported', `The manifest has version ${version}, which is not known here.`, { plugin })
  const texts = Array.isArray(roots) && roots.length > 0 && roots.every((root) => typeof root === 'string') ? (roots as string[]) : undefined
  if (!texts) throw broken('it does not name its roots')
  const single = texts.length === 1 && texts[0] === ''
  const odd = single ? undefined : texts.find((root) => root === '.' || root.includes('/') || pathProblem(root) !== undefined)
  if (odd !== undefined || new Set(texts).size !== texts.length) throw broken('a root has a name that cannot be one')
  return { type, version: manifestVersion, roots: texts }
}

function entryOf(fields: Fields): ManifestEntry {
  const { path, type, mode, mtime, uid, gid } = fields
  if (typeof path !== 'string') throw broken('an entry has no path')
  const wrong = (field: string): BackupError => broken(`${shown(path)} has a wrong "${field}"`)
  const count = (field: string, most: number): number => {
    const value = fields[field]
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) throw wrong(field)
    return value
  }
  if (typeof mode !== 'string' || !/^[0-7]{1,4}$/.test(mode)) throw wrong('mode')
  if (typeof mtime !== 'string' || !isTime(mtime)) throw wrong('mtime')
  const owner = uid === undefined || gid === undefined ? {} : { uid: count('uid', 0xffff_ffff), gid: count('gid', 0xffff_ffff) }
  const common = { path, mode, mtime, ...owner }
  if (type === 'folder') return { ...common, type }
  if (type === 'link') {
    if (typeof fields.target !== 'string' || fields.target === '' || fields.target.includes('\0')) throw wrong('target')
    return { ...common, type, target: fields.target }
  }
  if (type !== 'file') throw new BackupError('unsupported', `${shown(path)} is of a type that is not known here.`, { plugin, key: path })
  const { sha256, sparse, changed } = fields
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256)) throw wrong('sha256')
  const [size, offset] = [count('size', Number.MAX_SAFE_INTEGER), count('offset', Number.MAX_SAFE_INTEGER)]
  return { ...common, type, size, offset, sha256, ...(sparse === true && { sparse }), ...(changed === true && { changed }) }
}

/** A number of nanoseconds that fits into 64 bits, as those of all systems do. */
function isTime(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}

/** Nothing may be written outside of the tree, nor through anything in it that is not a folder. */
function placed(entry: ManifestEntry, table: ManifestTable): ManifestEntry {
  const { path } = entry
  const why = pathProblem(path)
  if (why !== undefined) throw broken(`${shown(path)} cannot be a path: ${why}`)
  if (table.find(path) >= 0) throw broken(`${shown(path)} comes twice`)
  const { roots } = table
  const [single] = roots
  const slash = path.lastIndexOf('/')
  if (slash < 0 && (single === '' ? path === '.' && table.count === 0 : roots.includes(path))) return entry
  const parent = table.find(slash < 0 ? (single === '' ? '.' : '') : path.slice(0, slash))
  if (parent < 0 || table.type(parent) !== 'folder') throw broken(`${shown(path)} lies in what is no folder`)
  return entry
}

function broken(why: string): BackupError {
  return new BackupError('corrupt', `The manifest is damaged: ${why}.`, { plugin, hint: 'Take another snapshot.' })
}
