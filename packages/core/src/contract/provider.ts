import type { Plugin } from './version.ts'
import type { Runtime } from './runtime.ts'

/**
 * Where objects live: a flat store of immutable objects with bounded bodies.
 *
 * To write one, implement the six methods below and run `providerSuite` from `@backup/core/testing` against it;
 * docs/write-a-provider.md leads the way. The engine above is correct with very little: it needs no rename, no
 * lock, no compare-and-swap and no list-after-write. What your store does better, say in `capabilities`.
 *
 * Rules for every method:
 * - Keys are `class/shard/name` in `[a-z0-9._-]`, at most 100 characters; see `checkKey`.
 * - Fail with a `BackupError`, translated once, here; set `plugin` and `key`; never put a secret into a message.
 * - Do not retry: `withRetry` above does, the same way for all. Switch the retries of an SDK off.
 * - Honour `signal`: stop promptly, reject with kind `cancelled`, leave no partial object behind.
 */
export interface BackupProvider extends Plugin {
  readonly capabilities?: Partial<ProviderCapabilities>

  /**
   * Names the place for people and for local state, without secrets: `local:/mnt/usb/iron-store`. Two
   * providers with the same location hold the same objects.
   */
  readonly location: string

  /** Providers that only exist on Node bring the fast Node runtime with them. */
  readonly runtime?: Runtime

  /**
   * Checks that the place is there and may be used. Called once before anything else; writes nothing unless
   * `create` is set, which only `init()` does.
   *
   * @throws `target-missing` when the place is not there and `create` is not set; `auth` when it may not be used.
   */
  open(options: OpenOptions): Promise<void>

  /**
   * Stores one object, whole or not at all, durably: when this resolves, a power cut does not lose it. Resolves only
   * after the provider confirmed size (and hash, where it has one). Storing the same bytes again is success. The body
   * is at most 64 MiB and is not changed by the caller until the promise settles.
   *
   * @throws `exists` when other bytes of another size are stored under this key; `quota`, `auth`, `transient`, …
   */
  put(key: string, body: Uint8Array, options?: PutOptions): Promise<void>

  /**
   * Returns the object, or exactly the range asked for. Never fewer bytes. The caller owns the result.
   *
   * @throws `not-found`; `range` when the object does not have these bytes.
   */
  get(key: string, options?: GetOptions): Promise<Uint8Array>

  /** Size and what else is known, or `undefined` when there is no such object. */
  stat(key: string, options?: CallOptions): Promise<ObjectInfo | undefined>

  /**
   * Every object whose key starts with `prefix` (`''`, `packs/`, `packs/0a/`), each once, in any order. Files that do not follow the
   * naming rule are skipped. Objects written while listing may be missing.
   */
  list(prefix: string, options?: CallOptions): AsyncIterable<ListedObject>

  /** Removes one object. Removing what is not there is success. */
  delete(key: string, options?: CallOptions): Promise<void>

  /** Space used and free, in bytes; absent where the store cannot tell. */
  usage?(options?: CallOptions): Promise<Usage>

  /**
   * Looks at every copy of an object, and replaces those that are not what its name says. Only what keeps several copies has it.
   *
   * @returns whether there is a good copy now, and `get` returns it
   */
  heal?(key: string, options?: CallOptions): Promise<boolean>

  /** What was removed for good, and a copy that is out of reach may still have. Only what keeps several copies has it. */
  readonly removals?: Removals

  /**
   * Forbids the removal of an object until then. Only what has a lock that holds against the owner of the credentials has it.
   * A later time extends the lock; an earlier one changes nothing.
   *
   * @throws `not-found`; `config` when the place was not made for locks
   */
  retain?(key: string, until: Date, options?: CallOptions): Promise<void>

  /**
   * Asks for an object of a cold storage class to be made readable. Only what has such classes has it.
   *
   * @returns `ready` when `get` works now; `warming` when it will, in minutes to hours: ask again
   */
  warm?(key: string, options?: CallOptions): Promise<'ready' | 'warming'>

  /** Releases sockets and handles. The provider is not used afterwards. */
  close?(): Promise<void>
}

/** What a store can do beyond the minimum. Absent means the default in brackets. */
export interface ProviderCapabilities {
  /** Objects sent or fetched at the same time that make sense. [4] */
  concurrency: number
  /**
   * The same for requests that move little: records, tables of contents, deletions. They wait more than they move, so that several make
   * sense even where one large object at a time is quickest. [as `concurrency`]
   */
  smallConcurrency: number
  /** A list shows every put that resolved before it began; otherwise this many milliseconds may pass. [0] */
  listLagMs: number
  /** The hash `stat` and `put` can vouch for. ['none'] */
  serverHash: 'sha256' | 'md5' | 'none'
  /** A ranged get costs about what its bytes cost; otherwise whole objects are fetched. [true] */
  rangedGet: boolean
  /** Bytes between two needed ranges below which one request is cheaper than two. [65,536] */
  coalesceBytes: number
  /** Reading costs next to nothing: a disk of this machine, or memory. [false] */
  nearby: boolean
}

/** Removed objects that must not come back from a copy that was out of reach. */
export interface Removals {
  /**
   * All that is known to be removed: it is not listed any more, nobody gets it from another copy, and where it turns up it is removed.
   * Until this was told once, no copy gets anything that it was found to lack.
   *
   * @param keys of objects that are never stored again
   */
  heed(keys: ReadonlySet<string>): void
  /** Is one of them still to be removed from a copy? */
  arePending(keys: readonly string[]): boolean
}

export interface CallOptions {
  readonly signal?: AbortSignal
  /**
   * How much of several copies has to be in view; a place of its own is always in view as a whole. `writer`: as many as a snapshot is
   * stored with, `whole`: so many that nothing stays hidden that anybody has stored, `all`: every one. Listings and `put` fail where that
   * cannot be had. Without it, listings tell what those know that answer, and `put` stores with as many as are required.
   */
  readonly view?: 'writer' | 'whole' | 'all'
}

export interface OpenOptions extends CallOptions {
  /** Create the place if it is missing. */
  readonly create?: boolean
  /** Where interrupted uploads are noted, so that another process can go on with them. */
  readonly journal?: UploadJournal
}

/**
 * Short notes that outlive the process: how far an upload has come, and where it goes on. A note may be lost or stale at any time, and
 * is kept from the eyes of others: the address of an upload session is a permission to write.
 */
export interface UploadJournal {
  /** Notes by the key of the object. */
  read(key: string): Promise<string | undefined>
  write(key: string, note: string): Promise<void>
  remove(key: string): Promise<void>
  /** The keys that there are notes about. */
  keys(): Promise<string[]>
}

export interface PutOptions extends CallOptions {
  /** SHA-256 of the body in hex, known to the caller, for providers that can check it on the way. */
  readonly sha256?: string
  /** Bytes handed over so far, for progress. */
  readonly onProgress?: (sentBytes: number) => void
}

export interface GetOptions extends CallOptions {
  readonly range?: ByteRange
}

/** `length` bytes from `offset`; a length of 0 is legal. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export interface ObjectInfo {
  readonly size: number
  /** SHA-256 in hex as computed by the store, where it has one. */
  readonly sha256?: string
  readonly modifiedAt?: Date
}

export interface ListedObject extends ObjectInfo {
  readonly key: string
}

export interface Usage {
  readonly usedBytes?: number
  readonly freeBytes?: number
  readonly totalBytes?: number
}

export const defaultCapabilities: ProviderCapabilities = {
  concurrency: 4,
  smallConcurrency: 4,
  listLagMs: 0,
  serverHash: 'none',
  rangedGet: true,
  coalesceBytes: 65_536,
  nearby: false,
}

/** The provider's capabilities with the defaults filled in. */
export function capabilitiesOf(provider: BackupProvider): ProviderCapabilities {
  const given = { ...defaultCapabilities, ...provider.capabilities }
  return { ...given, smallConcurrency: provider.capabilities?.smallConcurrency ?? given.concurrency }
}
