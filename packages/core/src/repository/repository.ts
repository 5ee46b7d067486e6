import type { KeyProvider } from '../contract/key.ts'
import type { LaneSetup } from '../contract/lane.ts'
import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { Runtime, StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type Commit, type CommitPack, decodeCommit } from '../format/commit.ts'
import { roles } from '../format/descriptor.ts'
import { type FormatObject, checkRequirements } from '../format/format-object.ts'
import { type ObjectHeader, encodeHeader, headerLength, objectKey } from '../format/header.ts'
import { type ObjectName, commitPrefix, nameInKey, packKey } from '../format/names.ts'
import { type KeyRing, currentEpoch, rootOf } from '../format/ring.ts'
import { type TailContext, openTail, tailOf } from '../format/tail.ts'
import { equalBytes, hex } from '../format/text.ts'
import { unitKey } from '../format/unit-id.ts'
import { type Catalog, createCatalog } from '../index/catalog.ts'
import { adoptUnnamedPacks, readToc } from './read-toc.ts'
import { waitedForListings } from './listing-lag.ts'
import { listNamed, readNamed } from './objects.ts'
import { readFormat } from './read-format.ts'
import { unlock } from './unlock.ts'

/** A repository whose keys are at hand. */
export interface Repository {
  readonly provider: BackupProvider
  readonly runtime: Runtime
  readonly format: FormatObject
  readonly ring: KeyRing
  /** The id in hex. */
  readonly id: string
  readonly state: StateStore
  readonly catalog: Catalog
  /** By name of the commit object. */
  readonly commits: ReadonlyMap<ObjectName, Commit>
  /** Commits that could not be read, with the reason: other snapshots are not concerned. */
  readonly damaged: ReadonlyMap<string, BackupError>
  readonly tails: TailContext
  laneSetup(workers: number): LaneSetup
  /** A header for a new object, and the key that goes with it. */
  newObject(kind: ObjectHeader['kind']): { readonly header: Uint8Array; readonly key: Uint8Array }
  /** The key of an object that starts with this header. @throws `corrupt` for an object of another repository. */
  keyFor(header: ObjectHeader, bytes: Uint8Array): Uint8Array
  /** Learns of commits made since, and forgets those that are gone. */
  refresh(options?: CallOptions): Promise<void>
  /** Takes note of a commit made here. */
  addCommit(name: ObjectName, commit: Commit): void
}

export interface OpenRepositoryOptions extends CallOptions {
  readonly provider: BackupProvider
  readonly runtime: Runtime
  readonly keys: readonly KeyProvider[]
  /** Where local state is kept; the runtime's own place otherwise. */
  readonly stateDirectory?: string
  readonly warn: (message: string, hint: string) => void
}

/**
 * Opens a repository: reads what it is, unlocks its keys, reads its commits.
 *
 * @throws `not-a-repository`, `key`, `unsupported`, `corrupt`, or whatever the provider throws.
 */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const { provider, runtime, warn, signal } = options
  const call: CallOptions = signal ? { signal } : {}
  const { crypto, codecs } = runtime
  const enter = async (): Promise<{ format: FormatObject; ring: KeyRing }> => {
    const found = await readFormat(provider, crypto, call)
    checkRequirements(found, 'read')
    return { format: found, ring: await unlock({ provider, crypto, format: found, keys: options.keys, warn, call }) }
  }
  const { format, ring } = await enter().catch(async (error: unknown) => {
    if (!BackupError.is(error, 'not-a-repository', 'key') || !(await waitedForListings(provider, call))) throw error
    return enter()
  })
  const id = hex(ring.repository)
  const state = await runtime.openState(id, options.stateDirectory)
  const catalog = createCatalog()
  const commits = new Map<ObjectName, Commit>()
  const damaged = new Map<string, BackupError>()
  const unitSecret = unitKey(crypto, ring.units, ring.repository)

  const keyFor = (header: ObjectHeader, bytes: Uint8Array): Uint8Array => {
    if (equalBytes(header.repository, ring.repository)) return objectKey(crypto, rootOf(ring, header.epoch), bytes)
    throw new BackupError('corrupt', `An object belongs to repository ${hex(header.repository)}, not to ${id}.`, {
      plugin: provider.name,
      hint: 'Objects of two repositories were mixed in one place. Move them apart.',
    })
  }
  const tails: TailContext = { crypto, codecs, keyFor }

  /** A pack that is not there is left out: only snapshots that need it are concerned, and they will say so. */
  const addPack = async (pack: CommitPack, options: CallOptions): Promise<void> => {
    if (catalog.packs.has(pack.name)) return
    try {
      catalog.addPack(pack, await readToc(repository, pack, options))
    } catch (error) {
      if (!BackupError.is(error, 'not-found', 'range', 'corrupt')) throw error
      warn(`Pack ${packKey(pack.name)} cannot be used: ${error.message}`, error.hint)
      catalog.addPack(pack, [])
    }
  }
  const readCommit = async (key: string, options: CallOptions): Promise<void> => {
    const bytes = await readNamed(provider, crypto, key, options)
    const { offset } = tailOf(bytes.subarray(bytes.length - 16), bytes.length)
    const payload = await openTail(tails, bytes.subarray(0, headerLength), bytes.subarray(offset), roles.record)
    const commit = decodeCommit(payload)
    for (const pack of commit.packs) await addPack(pack, options)
    commits.set(nameInKey(key)!, commit)
    damaged.delete(key)
  }

  const repository: Repository = {
    provider,
    runtime,
    format,
    ring,
    id,
    state,
    catalog,
    commits,
    damaged,
    tails,
    keyFor,
    laneSetup: (workers) => ({ suite: ring.suite, unitKey: unitSecret, workers }),
    newObject(kind) {
      const { epoch, root } = currentEpoch(ring)
      const header = encodeHeader({ kind, suite: ring.suite, epoch, repository: ring.repository, salt: crypto.random(32) })
      return { header, key: objectKey(crypto, root, header) }
    },
    // Never with the signal of whoever opened the repository: that may fire when he has long been done.
    async refresh(refreshOptions = {}) {
      const keys = await listNamed(provider, commitPrefix, refreshOptions)
      const listed = new Set(keys.map((key) => nameInKey(key)!))
      for (const name of commits.keys()) if (!listed.has(name)) commits.delete(name)
      for (const key of damaged.keys()) if (!keys.includes(key)) damaged.delete(key)
      for (const key of keys) {
        if (commits.has(nameInKey(key)!)) continue
        try {
          await readCommit(key, refreshOptions)
        } catch (error) {
          // One unreadable commit must not take the others with it.
          if (!BackupError.is(error, 'corrupt', 'unsupported', 'key', 'not-found', 'range')) throw error
          if (!damaged.has(key)) warn(`Snapshot ${key} cannot be read: ${error.message}`, error.hint)
          damaged.set(key, error)
        }
      }
      if (damaged.size > 0) await adoptUnnamedPacks(repository, refreshOptions)
    },
    addCommit(name, commit) {
      commits.set(name, commit)
    },
  }
  await repository.refresh(call)
  return repository
}
