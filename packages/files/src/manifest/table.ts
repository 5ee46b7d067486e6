import { hashLength } from '../thread/protocol.ts'
import { type Texts, textAt, textsOf } from '../thread/texts.ts'
import type { ManifestEntry } from './entry.ts'
import { pathIndex } from './path-index.ts'

/** All entries of a manifest, by number, in its order. An object for each of 200,000 would take 70 MB; this takes 25. */
export interface ManifestTable {
  readonly roots: readonly string[]
  readonly count: number
  path(entry: number): string
  type(entry: number): ManifestEntry['type']
  /** 0 for what is no file. */
  size(entry: number): number
  /** Where the bytes of a file begin. */
  offset(entry: number): number
  /** Everything that is known of it. */
  at(entry: number): ManifestEntry
  /** -1 when there is none with this path. */
  find(path: string): number
}

/** A table to which entries are added, none with a path that is there. */
export interface GrowingTable extends ManifestTable {
  add(entry: ManifestEntry): void
}

const types = ['folder', 'file', 'link'] as const
const marks = { sparse: 1, changed: 2, owned: 4 }

export function growingTable(roots: readonly string[]): GrowingTable {
  const full: Batch[] = []
  let names: string[] = []
  let last = emptyBatch()
  let count = 0
  const batchOf = (entry: number): Batch => full[Math.floor(entry / batchEntries)] ?? last
  const path = (entry: number): string => {
    const batch = full[Math.floor(entry / batchEntries)]
    return batch ? textAt(batch.paths, entry % batchEntries) : names[entry % batchEntries]!
  }
  const index = pathIndex(path)
  return {
    roots,
    get count() {
      return count
    },
    path,
    type: (entry) => types[batchOf(entry).types[entry % batchEntries]!]!,
    size: (entry) => batchOf(entry).sizes[entry % batchEntries]!,
    offset: (entry) => batchOf(entry).offsets[entry % batchEntries]!,
    at: (entry) => entryAt(batchOf(entry), entry % batchEntries, path(entry)),
    find: (wanted) => index.find(wanted),
    add(entry) {
      index.add(entry.path)
      put(last, names.length, entry)
      names.push(entry.path)
      count++
      if (names.length < batchEntries) return
      full.push({ ...last, paths: textsOf(names) })
      names = []
      last = emptyBatch()
    },
  }
}

const batchEntries = 2048

interface Batch {
  readonly paths: Texts
  readonly types: Uint8Array
  readonly marks: Uint8Array
  readonly modes: Uint16Array
  readonly uids: Uint32Array
  readonly gids: Uint32Array
  readonly mtimes: BigInt64Array
  readonly sizes: Float64Array
  readonly offsets: Float64Array
  readonly hashes: Buffer
  readonly targets: Record<number, string>
}

function emptyBatch(): Batch {
  return {
    paths: textsOf([]),
    types: new Uint8Array(batchEntries),
    marks: new Uint8Array(batchEntries),
    modes: new Uint16Array(batchEntries),
    uids: new Uint32Array(batchEntries),
    gids: new Uint32Array(batchEntries),
    mtimes: new BigInt64Array(batchEntries),
    sizes: new Float64Array(batchEntries),
    offsets: new Float64Array(batchEntries),
    hashes: Buffer.alloc(batchEntries * hashLength),
    targets: {},
  }
}

function put(batch: Batch, at: number, entry: ManifestEntry): void {
  const { type, mode, mtime, uid, gid } = entry
  batch.types[at] = types.indexOf(type)
  batch.modes[at] = Number.parseInt(mode, 8)
  batch.mtimes[at] = BigInt(mtime)
  if (uid !== undefined && gid !== undefined) {
    batch.marks[at]! |= marks.owned
    batch.uids[at] = uid
    batch.gids[at] = gid
  }
  if (type === 'link') batch.targets[at] = entry.target
  if (type !== 'file') return
  batch.sizes[at] = entry.size
  batch.offsets[at] = entry.offset
  batch.hashes.write(entry.sha256, at * hashLength, 'hex')
  if (entry.sparse) batch.marks[at]! |= marks.sparse
  if (entry.changed) batch.marks[at]! |= marks.changed
}

function entryAt(batch: Batch, at: number, path: string): ManifestEntry {
  const has = (mark: number): boolean => (batch.marks[at]! & mark) !== 0
  const type = types[batch.types[at]!]!
  const owner = has(marks.owned) ? { uid: batch.uids[at]!, gid: batch.gids[at]! } : {}
  const common = { path, mode: batch.modes[at]!.toString(8), mtime: String(batch.mtimes[at]!), ...owner }
  if (type === 'folder') return { ...common, type }
  if (type === 'link') return { ...common, type, target: batch.targets[at]! }
  const [size, offset] = [batch.sizes[at]!, batch.offsets[at]!]
  const sha256 = batch.hashes.toString('hex', at * hashLength, (at + 1) * hashLength)
  return { ...common, type, size, offset, sha256, ...(has(marks.sparse) && { sparse: true }), ...(has(marks.changed) && { changed: true }) }
}
