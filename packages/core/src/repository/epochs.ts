import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { decodeHeader, headerLength } from '../format/header.ts'
import { type ObjectName, commitPrefix, nameInKey, packPrefix } from '../format/names.ts'
import { recordFolders } from '../format/record.ts'
import { currentEpoch } from '../format/ring.ts'
import { hex, joinBytes, unhex, viewOf } from '../format/text.ts'
import type { Repository } from './repository.ts'
import { severalAtATime } from './several-at-a-time.ts'

/** How much is still sealed with the keys of one epoch. Plain data. */
export interface EpochUse {
  readonly epoch: number
  /** When it began, or when it was erased; `null` for an epoch that the keys at hand do not know. */
  readonly time: Date | null
  /** `current` seals what is stored now. */
  readonly state: 'current' | 'old' | 'erased' | 'unknown'
  readonly packs: number
  readonly packBytes: number
  readonly commits: number
  /** Audit entries, holds, results of checks… */
  readonly records: number
  readonly bytes: number
}

/** Everything that is sealed: FORMAT.md §6. */
export const sealedPrefixes: readonly string[] = [packPrefix, commitPrefix, ...Object.values(recordFolders).map((folder) => `${folder}/`)]

/**
 * The key epochs that objects are sealed with, by key: the first 64 bytes of each object tell, and never change under its name. So each
 * is read once, and remembered in local state. Nothing is read as long as there was no rotation.
 *
 * @returns nothing for an object that is gone or does not begin like one of ours
 */
export async function epochsOf(repository: Repository, keys: readonly string[], call: CallOptions = {}): Promise<ReadonlyMap<string, number>> {
  const { provider, ring } = repository
  if (currentEpoch(ring).epoch === 1) return new Map(keys.map((key) => [key, 1]))
  const known = await load(repository)
  const unknown = keys.filter((key) => !known.has(nameInKey(key)!))
  await severalAtATime(unknown, capabilitiesOf(provider).smallConcurrency, async (key) => {
    try {
      const header = await provider.get(key, { ...call, range: { offset: 0, length: headerLength } })
      known.set(nameInKey(key)!, decodeHeader(header).epoch)
    } catch (error) {
      if (!BackupError.is(error, 'not-found', 'range', 'corrupt', 'unsupported')) throw error
    }
  })
  if (unknown.length > 0) await save(repository, known, keys)
  return new Map(keys.flatMap((key) => (known.has(nameInKey(key)!) ? [[key, known.get(nameInKey(key)!)!]] : [])))
}

/** How much of what is stored each epoch seals: what a rotation has left behind, and how far it has been sealed anew since. */
export async function epochUse(repository: Repository, call: CallOptions = {}): Promise<EpochUse[]> {
  const { ring } = repository
  const sizes = await sealedObjects(repository, call)
  const epochs = await epochsOf(repository, [...sizes.keys()], call)
  const numbers = new Set([...ring.epochs, ...(ring.erased ?? [])].map(({ epoch }) => epoch))
  for (const epoch of epochs.values()) numbers.add(epoch)
  return [...numbers].sort((a, b) => a - b).map((epoch) => {
    const keys = [...sizes.keys()].filter((key) => epochs.get(key) === epoch)
    const bytesOf = (some: readonly string[]): number => some.reduce((sum, key) => sum + sizes.get(key)!, 0)
    const [packs, commits] = [packPrefix, commitPrefix].map((prefix) => keys.filter((key) => key.startsWith(prefix))) as [string[], string[]]
    const records = keys.length - packs.length - commits.length
    return { epoch, ...stateOf(repository, epoch), packs: packs.length, packBytes: bytesOf(packs), commits: commits.length, records, bytes: bytesOf(keys) }
  })
}

/** Sizes of everything that is sealed, by key. */
export async function sealedObjects({ provider }: Repository, call: CallOptions = {}): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for (const prefix of sealedPrefixes) {
    for await (const { key, size } of provider.list(prefix, call)) if (nameInKey(key)) sizes.set(key, size)
  }
  return sizes
}

function stateOf({ ring }: Repository, epoch: number): Pick<EpochUse, 'state' | 'time'> {
  const kept = ring.epochs.find((each) => each.epoch === epoch)
  if (kept) return { state: kept === currentEpoch(ring) ? 'current' : 'old', time: kept.created }
  const erased = ring.erased?.find((each) => each.epoch === epoch)
  return erased ? { state: 'erased', time: erased.time } : { state: 'unknown', time: null }
}

const item = 'epochs'
const nameLength = 32
const entryLength = nameLength + 4
/** 3.6 MB. Beyond it, only what was asked for last is remembered. */
const maxEntries = 100_000

const loaded = new WeakMap<Repository, Map<ObjectName, number>>()

async function load(repository: Repository): Promise<Map<ObjectName, number>> {
  const found = loaded.get(repository)
  if (found) return found
  const bytes = (await repository.state.read(item)) ?? new Uint8Array(0)
  const known = new Map<ObjectName, number>()
  // A cache that was cut short is of no use, and of no harm.
  for (let at = 0; bytes.length % entryLength === 0 && at < bytes.length; at += entryLength) {
    known.set(hex(bytes.subarray(at, at + nameLength)), viewOf(bytes).getUint32(at + nameLength, true))
  }
  loaded.set(repository, known)
  return known
}

async function save(repository: Repository, known: Map<ObjectName, number>, asked: readonly string[]): Promise<void> {
  const names = new Set(asked.map((key) => nameInKey(key)!))
  if (known.size > maxEntries) for (const name of known.keys()) if (!names.has(name)) known.delete(name)
  const entries = [...known].map(([name, epoch]) => {
    const number = new Uint8Array(4)
    viewOf(number).setUint32(0, epoch, true)
    return joinBytes(unhex(name, nameLength), number)
  })
  await repository.state.write(item, joinBytes(...entries))
}
