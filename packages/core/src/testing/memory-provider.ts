import { contract } from '../contract/version.ts'
import type { BackupProvider, ByteRange } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { checkKey, checkPrefix, isKey } from '../provider/check-key.ts'

/** A provider whose place is a map. */
export interface MemoryProvider extends BackupProvider {
  readonly store: MemoryStore
  /** What is stored, open to a test that wants to damage it. */
  readonly objects: Map<string, Uint8Array>
}

/** The place itself; several providers may share one, as several processes share a disk. */
export interface MemoryStore {
  readonly objects: Map<string, Uint8Array>
  /** Has somebody opened it with `create`? Otherwise the place is not there. */
  created: boolean
}

export interface MemoryOptions {
  /** Share the place of another memory provider. */
  readonly store?: MemoryStore
  readonly location?: string
  /** Puts beyond this many bytes fail with `quota`. [no limit] */
  readonly capacityBytes?: number
}

/**
 * The contract in its shortest form: the provider to copy from, and the one to test an engine with.
 *
 * @example
 * ```ts
 * const first = memoryProvider()
 * const second = memoryProvider({ store: first.store })
 * ```
 */
export function memoryProvider(options: MemoryOptions = {}): MemoryProvider {
  const {
    store = { objects: new Map(), created: false },
    location = locationOf(store),
    capacityBytes = Infinity,
  } = options
  const { objects } = store

  const used = (): number => [...objects.values()].reduce((total, { length }) => total + length, 0)

  /** Every call takes its turn, as if the place were far away, and fails if the place is gone. */
  const reach = async (key: string, doing: string, signal: AbortSignal | undefined): Promise<void> => {
    throwIfAborted(signal, doing)
    await Promise.resolve()
    throwIfAborted(signal, doing)
    if (!store.created) throw failure('target-missing', key, `There is no place at ${location}.`)
  }

  return {
    contract,
    name: 'memory',
    location,
    capabilities: { nearby: true },
    store,
    objects,

    async open({ create, signal }) {
      throwIfAborted(signal, 'opening')
      if (create) store.created = true
      await reach('', 'opening', signal)
    },

    async put(key, body, { signal, onProgress } = {}) {
      checkKey(key, 'memory')
      await reach(key, `storing ${key}`, signal)
      const present = objects.get(key)
      if (present) return compare(key, present, body)
      if (capacityBytes < Infinity && used() + body.length > capacityBytes)
        throw failure('quota', key, `No room for ${body.length} bytes.`)
      objects.set(key, body.slice())
      onProgress?.(body.length)
    },

    async get(key, { range, signal } = {}) {
      checkKey(key, 'memory')
      await reach(key, `reading ${key}`, signal)
      const bytes = objects.get(key)
      if (!bytes) throw failure('not-found', key, `There is no object ${key}.`)
      const { offset, length } = range ?? { offset: 0, length: bytes.length }
      if (!isWithin(offset, length, bytes.length)) throw outside(key, { offset, length }, bytes.length)
      return bytes.slice(offset, offset + length)
    },

    async stat(key, { signal } = {}) {
      checkKey(key, 'memory')
      await reach(key, `looking for ${key}`, signal)
      const bytes = objects.get(key)
      return bytes && { size: bytes.length }
    },

    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix, 'memory')
      await reach(prefix, 'listing', signal)
      // A copy: an object that is deleted and put again meanwhile would come twice.
      for (const [key, { length }] of Array.from(objects)) {
        throwIfAborted(signal, 'listing')
        if (isKey(key) && key.startsWith(prefix)) yield { key, size: length }
      }
    },

    async delete(key, { signal } = {}) {
      checkKey(key, 'memory')
      await reach(key, `deleting ${key}`, signal)
      objects.delete(key)
    },

    async usage({ signal } = {}) {
      await reach('', 'measuring', signal)
      if (capacityBytes === Infinity) return { usedBytes: used() }
      return { usedBytes: used(), freeBytes: Math.max(0, capacityBytes - used()), totalBytes: capacityBytes }
    },
  }
}

function compare(key: string, present: Uint8Array, body: Uint8Array): void {
  if (present.length !== body.length) {
    throw failure('exists', key, `${key} is there with ${present.length} bytes, not ${body.length}.`)
  }
  if (!present.every((byte, at) => byte === body[at])) {
    throw failure('corrupt', key, `${key} is there with other bytes than its name stands for.`)
  }
}

function isWithin(offset: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
}

function outside(key: string, { offset, length }: ByteRange, size: number): BackupError {
  return failure('range', key, `${key} has ${size} bytes; ${length} from ${offset} were asked for.`)
}

function failure(
  kind: 'target-missing' | 'quota' | 'not-found' | 'range' | 'exists' | 'corrupt',
  key: string,
  message: string,
): BackupError {
  return new BackupError(kind, message, { plugin: 'memory', key })
}

const locations = new WeakMap<MemoryStore, string>()
let places = 0

/** Each place has a name of its own: local state remembers which places hold a repository. */
function locationOf(store: MemoryStore): string {
  const location = locations.get(store) ?? `memory:${++places}`
  locations.set(store, location)
  return location
}
