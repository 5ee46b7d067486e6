import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import type { CommitStream } from '../format/commit.ts'
import { readFields } from '../format/fields.ts'
import type { ObjectName } from '../format/names.ts'
import { equalBytes, hex, joinBytes, utf8, viewOf } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { Repository } from '../repository/repository.ts'
import { takingTurns } from '../lane/turns.ts'
import { type KeptBySize, keptBySize } from '../read/kept-by-size.ts'
import { type KnownList, type UniformNames, uniformNames } from './uniform-tree.ts'
import { varyingTree } from './varying-tree.ts'

/**
 * What local state remembers of a stream of the last snapshot: ids of all units, and what finds changes. A cache: it is believed only if it is
 * whole, the ids add up to the root that the commit names, and all units are stored. The first keeps fingerprints to the commit, and so to the ids,
 * that they were saved with: a page whose fingerprint came from another snapshot would be taken for unchanged.
 */
export interface StreamState {
  readonly commit: ObjectName
  readonly size: number
  /** 0 for units that were cut by content. */
  readonly unitLength: number
  /** Of units that were cut by content. */
  readonly lengths?: Uint32Array
  readonly ids: Uint8Array
  /** Fingerprints of all pages, 16 bytes each, when the engine looks for changes itself. */
  readonly fingerprints?: Uint8Array
  /** What the source gave, when it does. */
  readonly source?: Uint8Array
}

/** What is found out about it when it is loaded. */
export interface LoadedState extends StreamState {
  /** Ids of the list's nodes, level by level. */
  readonly levels: readonly Uint8Array[]
}

/** What is added to it when it is saved. */
interface SavedState extends StreamState {
  /** Of the catalog at that time: see `Catalog.holdings`. */
  readonly holdings: string
}

const itemOf = (sourceName: string, label: string, stream: string, repository: Repository): string =>
  `stream-${hex(repository.runtime.crypto.sha256(utf8(`${sourceName}\0${label}\0${stream}`))).slice(0, 32)}`

/** The name of the file with the previous version of a stream, for deltas. */
export const shadowItem = (...args: Parameters<typeof itemOf>): string => itemOf(...args).replace('stream-', 'shadow-')

export async function saveStreamState({ state, runtime, catalog }: Repository, item: string, saved: StreamState): Promise<void> {
  const { fingerprints, source, lengths } = saved
  const header = utf8(
    JSON.stringify({
      commit: saved.commit,
      size: saved.size,
      unitLength: saved.unitLength,
      holdings: catalog.holdings,
      ids: saved.ids.length,
      lengths: lengths?.byteLength ?? -1,
      fingerprints: fingerprints?.length ?? -1,
      source: source?.length ?? -1,
    }),
  )
  const length = new Uint8Array(4)
  viewOf(length).setUint32(0, header.length, true)
  const lengthBytes = new Uint8Array(lengths?.buffer ?? new ArrayBuffer(0), lengths?.byteOffset, lengths?.byteLength)
  const rest = [fingerprints ?? new Uint8Array(0), source ?? new Uint8Array(0)]
  // Ids and lengths are known by the root of their list, which takes as long as their hash would.
  const hash = hashOf(runtime.crypto, [length, header, ...rest])
  await state.write(item, joinBytes(length, header, saved.ids, lengthBytes, ...rest, hash))
}

/** The state of a stream, if it is there, whole, and of a snapshot that is still listed. */
export async function loadStreamState(repository: Repository, item: string, stream: string): Promise<LoadedState | undefined> {
  const bytes = await repository.state.read(item)
  const found = bytes && parse(repository.runtime.crypto, bytes)
  const written = found && repository.commits.get(found.commit)?.streams.find(({ name }) => name === stream)
  const levels = written && agreeing(repository, item, found, written)
  if (!levels) return undefined
  const isKnown = found.holdings === repository.catalog.holdings
  for (const ids of isKnown ? [] : [found.ids, ...levels]) if (!(await areStored(repository, ids))) return undefined
  return { ...found, levels }
}

/** The nodes of the list, if it is the one that was written. */
function agreeing(repository: Repository, item: string, found: SavedState, { chunking, root, size, units }: CommitStream): readonly Uint8Array[] | undefined {
  if ((chunking.kind === 'pages' ? chunking.unitLength : 0) !== found.unitLength || size !== found.size) return undefined
  if (found.ids.length !== units * idLength || root === null) return undefined
  const tree = namesOf(repository, item, found)
  return equalBytes(tree.root.id, root.id) && tree.root.level === root.level ? tree.levels : undefined
}

function namesOf(repository: Repository, item: string, { ids, lengths }: StreamState): UniformNames {
  const { unitKey } = repository.laneSetup(0)
  const { crypto } = repository.runtime
  if (lengths) {
    const { root, levels } = varyingTree(crypto, unitKey, ids, lengths)
    return { root, levels: levels.map((level) => level.ids) }
  }
  const known = named.get(repository) ?? keptBySize<string, KnownList>(namedBytes)
  named.set(repository, known)
  const names = uniformNames(crypto, unitKey, ids, known.get(item))
  if (ids.length <= namedBytes) known.set(item, { ids: ids.slice(), levels: names.levels }, ids.length)
  return names
}

/**
 * Lists that were named before, of a process that backs up again and again: nodes that are the same have the same names, and to compare
 * them takes a tenth of the time that it takes to name them.
 */
const named = new WeakMap<Repository, KeptBySize<string, KnownList>>()
/** Enough for databases of two gigabytes. */
const namedBytes = 8 << 20

/** A pack may have gone since. What it held is stored anew once nothing says any more that it has not changed. */
async function areStored({ catalog }: Repository, ids: Uint8Array): Promise<boolean> {
  const turn = takingTurns()
  for (let at = 0; at < ids.length; at += idLength) {
    const unit = catalog.units.find(ids, at)
    if (unit < 0 || !catalog.isWhole(unit)) return false
    const others = turn()
    if (others) await others
  }
  return true
}

function hashOf(crypto: Crypto, parts: readonly Uint8Array[]): Uint8Array {
  const hash = crypto.sha256Stream()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

const hashLength = 32

function parse(crypto: Crypto, item: Uint8Array): SavedState | undefined {
  const bytes = item.subarray(0, Math.max(0, item.length - hashLength))
  if (bytes.length < 4) return undefined
  let at = 4 + viewOf(bytes).getUint32(0, true)
  if (at > bytes.length) return undefined
  const head = bytes.subarray(0, at)
  try {
    const fields = readFields(bytes.subarray(4, at), 'stream state')
    const take = (field: string): Uint8Array | undefined => {
      const length = fields.number(field, -1, bytes.length)
      if (length < 0) return undefined
      at += length
      return bytes.subarray(at - length, at)
    }
    const ids = take('ids')
    const lengths = lengthsIn(take('lengths'))
    const rest = bytes.subarray(at)
    if (!equalBytes(hashOf(crypto, [head, rest]), item.subarray(bytes.length))) return undefined
    const unitLength = fields.number('unitLength')
    const fingerprints = take('fingerprints')
    const source = take('source')
    if (!ids || ids.length === 0 || at !== bytes.length) return undefined
    if (lengths ? unitLength !== 0 || lengths.length * idLength !== ids.length : unitLength === 0) return undefined
    return {
      commit: fields.text('commit'),
      size: fields.number('size'),
      unitLength,
      holdings: fields.text('holdings'),
      ids,
      ...(lengths && { lengths }),
      ...(fingerprints && { fingerprints }),
      ...(source && { source }),
    }
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}

/** What was saved may lie anywhere in its buffer. */
function lengthsIn(bytes: Uint8Array | undefined): Uint32Array | undefined {
  return bytes && new Uint32Array(bytes.slice().buffer)
}

export { itemOf as streamItem }
