import { BackupError } from '@backup/core'
import { pathProblem } from '../names.ts'
import { plugin, shown } from '../problem.ts'
import { type ManifestEntry, type ManifestStart, manifestVersion } from './entry.ts'

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
  const lines = linesOf(bytes)
  const first = lines.next()
  if (first.done) throw broken('it is empty')
  const { roots } = startOf(parsed(first.value))
  const entries: ManifestEntry[] = []
  /** What there is, and whether it is a folder. */
  const seen = new Map<string, boolean>()
  for (const line of lines) {
    const fields = parsed(line)
    if (fields.type === 'end') {
      if (fields.entries !== entries.length) throw broken(`it has ${entries.length} entries, not ${String(fields.entries)}`)
      if (!lines.next().done) throw broken('something follows its end')
      return { roots, entries }
    }
    const entry = entryOf(fields)
    checkPlace(entry, roots, seen)
    seen.set(entry.path, entry.type === 'folder')
    entries.push(entry)
  }
  throw broken('it is cut short')
}

function* linesOf(bytes: Uint8Array): Generator<string, void, undefined> {
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0x0a, start)
    if (end < 0) throw broken('it is cut short')
    yield decode(bytes.subarray(start, end))
    start = end + 1
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
  if (typeof mtime !== 'string' || !/^-?\d{1,19}$/.test(mtime)) throw wrong('mtime')
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

/** Nothing may be written outside of the tree, nor through anything in it that is not a folder. */
function checkPlace({ path }: ManifestEntry, roots: readonly string[], seen: ReadonlyMap<string, boolean>): void {
  const why = pathProblem(path)
  if (why !== undefined) throw broken(`${shown(path)} cannot be a path: ${why}`)
  if (seen.has(path)) throw broken(`${shown(path)} comes twice`)
  const [single] = roots
  const slash = path.lastIndexOf('/')
  if (slash < 0 && (single === '' ? path === '.' && seen.size === 0 : roots.includes(path))) return
  const parent = slash < 0 ? (single === '' ? '.' : '') : path.slice(0, slash)
  if (seen.get(parent) !== true) throw broken(`${shown(path)} lies in what is no folder`)
}

function broken(why: string): BackupError {
  return new BackupError('corrupt', `The manifest is damaged: ${why}.`, { plugin, hint: 'Take another snapshot.' })
}
