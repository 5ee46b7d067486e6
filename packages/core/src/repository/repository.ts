import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
import { type ObjectHeader, encodeHeader, objectKey } from '../format/header.ts'
import { type ObjectName, commitPrefix } from '../format/names.ts'
import { currentEpoch } from '../format/ring.ts'
import { type Catalog, createCatalog } from '../index/catalog.ts'
import { type EnterOptions, type Entered, enterRepository } from './enter.ts'
import { type IndexRecord, readIndex } from './index-records.ts'
import { type KnownRecords, knownRecords } from './known-records.ts'
import { listingChange } from './listed-before.ts'
import { withListed } from './objects.ts'
import { isOutgrown } from './outgrown.ts'
import { readCommit } from './read-commit.ts'
import { adoptUnnamedPacks, usableToc } from './read-toc.ts'
import { readRemovals } from './removals.ts'
import { sameItems } from './same-items.ts'
import { severalAtATime } from './several-at-a-time.ts'
import { type TrashFound, type Trashed, readTrash } from './trash.ts'

/** A repository whose keys are at hand. */
export interface Repository extends Entered {
  readonly state: StateStore
  readonly catalog: Catalog
  /** By name of the commit object. */
  readonly commits: ReadonlyMap<ObjectName, Commit>
  /** Commits that could not be read, with the reason: other snapshots are not concerned. */
  readonly damaged: ReadonlyMap<string, BackupError>
  /** Snapshots in `commits` that were removed, and can be brought back. */
  readonly trash: ReadonlyMap<ObjectName, Trashed>
  /** Records of the trash that cannot be read: nobody may remove anything for good while there are any. */
  readonly damagedTrash: TrashFound['damaged']
  /** What collections left behind. */
  readonly index: readonly IndexRecord[]
  /** Keys of index records that do not count any more, and are there all the same. */
  readonly replacedIndex: readonly string[]
  /** Packs in the catalog that nothing that was read names: their commit was removed, or cannot be read. */
  readonly unnamed: ReadonlySet<ObjectName>
  /** Most of what is known is about what is gone: it takes less memory to open the repository anew. */
  readonly isOutgrown: boolean
  /** The newest commit of each writer. */
  readonly heads: ReadonlyMap<string, { readonly name: ObjectName; readonly sequence: number }>
  /** Records that were read or written, by key: see `readRecords`. */
  readonly records: KnownRecords
  /** A header for a new object, and the key that goes with it. */
  newObject(kind: ObjectHeader['kind']): { readonly header: Uint8Array; readonly key: Uint8Array }
  /** Learns of commits made since, and forgets those that are gone. */
  refresh(options?: CallOptions): Promise<void>
  /** The same, unless that was done a moment ago. @returns whether it was done now */
  refreshIfStale(options?: CallOptions): Promise<boolean>
  /**
   * Looks into packs that no commit names, once after each `refresh`: a unit that is missing may be there.
   *
   * @returns whether there are any that can be used
   */
  adoptUnnamed(options?: CallOptions): Promise<boolean>
  /** Takes note of a commit made here. */
  addCommit(name: ObjectName, commit: Commit): void
  /** Packs that are unnamed, and that nothing needs that was written here: they are left to whoever removes them. */
  abandon(packs: readonly ObjectName[]): void
}

export interface OpenRepositoryOptions extends EnterOptions {
  /** Where local state is kept; the runtime's own place otherwise. */
  readonly stateDirectory?: string
}

/**
 * How long a run relies on a listing of commits. To list ten thousand of them takes ten requests or more, too many for runs that follow
 * one another within seconds. Whoever counts on a commit that was removed in that minute still finds its packs: they describe themselves.
 */
const listingLastsMs = 60_000

/**
 * Opens a repository: reads what it is, unlocks its keys, reads its commits.
 *
 * @throws `not-a-repository`, `key`, `unsupported`, `corrupt`, or whatever the provider throws.
 */
export async function openRepository(options: OpenRepositoryOptions): Promise<Repository> {
  const { provider, runtime, warn, signal } = options
  const call: CallOptions = signal ? { signal } : {}
  const { crypto } = runtime
  const entered = await enterRepository(options)
  const { ring, id } = entered
  const state = await runtime.openState(id, options.stateDirectory)
  const catalog = createCatalog()
  const commits = new Map<ObjectName, Commit>()
  const damaged = new Map<string, BackupError>()
  const unnamed = new Set<ObjectName>()
  /** Keys of commits as they were listed the last time, in order, if all of that was learned and nothing else since. */
  let listed: readonly string[] | undefined
  /** Commits that are known and were not in that listing: those that were just written. */
  const unlisted = new Set<ObjectName>()
  /** Who began last to learn. */
  let learner: unknown
  const heads = new Map<string, { name: ObjectName; sequence: number }>()
  let trash: TrashFound = { trash: new Map(), damaged: new Map() }
  /** What `trash` was made of. */
  let trashRead: TrashFound | undefined
  let index: readonly IndexRecord[] = []
  /** Those of which the packs are in the catalog. */
  let indexAdded: readonly IndexRecord[] = []
  let replacedIndex: readonly string[] = []
  /** Packs that commits name, and of which nothing can be used. */
  const useless = new Set<ObjectName>()
  /** What named packs and is gone, and was not looked into yet: the listing that told of it may have failed half-way. */
  const lost: { readonly packs: readonly CommitPack[] }[] = []
  let listedAt = Number.NEGATIVE_INFINITY
  let lookedForUnnamed = false
  let outgrown = false
  /** A pack that is not there is left out: only snapshots that need it are concerned, and they will say so. */
  const addPacks = async (packs: readonly CommitPack[], lasting: boolean, options: CallOptions): Promise<void> => {
    const added = packs.filter(({ name }) => !catalog.packs.has(name))
    const tables = await inParallel(added, async (pack) => {
      const table = await usableToc(entered, pack, warn, options)
      if (!table) useless.add(pack.name)
      return table ?? []
    })
    added.forEach((pack, at) => catalog.addPack(pack, tables[at]!, lasting))
    isNamed(packs)
  }
  const inParallel = <Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> =>
    severalAtATime(items, capabilitiesOf(provider).smallConcurrency, work)
  const keepCommit = (name: ObjectName, commit: Commit): void => {
    commits.set(name, commit)
    unlisted.add(name)
    noteHead(name, commit)
    isNamed(commit.packs)
  }
  const noteHead = (name: ObjectName, { writer, sequence }: Commit): void => {
    const head = heads.get(writer)
    if (!head || head.sequence < sequence) heads.set(writer, { name, sequence })
  }
  const isNamed = (packs: readonly CommitPack[]): void => {
    for (const { name } of packs) {
      unnamed.delete(name)
      catalog.reclaim(name)
    }
  }
  const findUnnamed = (): void => {
    if (lost.length === 0) return
    const named = new Set<ObjectName>()
    for (const { packs } of commits.values()) for (const { name } of packs) named.add(name)
    for (const { packs } of index) for (const { name } of packs) named.add(name)
    for (const { name } of lost.splice(0).flatMap(({ packs }) => packs)) {
      if (!named.has(name) && catalog.packs.has(name) && !useless.has(name) && !catalog.isAbandoned(name)) unnamed.add(name)
    }
    outgrown = isOutgrown(catalog, named)
  }
  const readUsable = async (key: string, options: CallOptions): Promise<Commit | undefined> => {
    try {
      const commit = await readCommit(entered, key, options)
      damaged.delete(key)
      return commit
    } catch (error) {
      // One unreadable commit must not take the others with it.
      if (!BackupError.is(error, 'corrupt', 'unsupported', 'key', 'not-found', 'range')) throw error
      if (!damaged.has(key)) warn(`Snapshot ${key} cannot be read: ${error.message}`, error.hint)
      damaged.set(key, error)
      return undefined
    }
  }

  /** Of commits, what was not known yet; what is not listed any more is forgotten. */
  const learn = async (keys: readonly string[], call: CallOptions): Promise<void> => {
    const self = (learner = {})
    const { added, removed } = listingChange(listed ?? [], keys)
    const wasUnlisted = [...unlisted]
    const found = new Set(added.map(endOf))
    const mayBeGone = !listed || removed.length > 0 || wasUnlisted.some((name) => !found.has(name))
    const gone = mayBeGone ? withoutThese(commits, keys) : []
    listed = undefined
    for (const [name, commit] of gone) {
      commits.delete(name)
      lost.push(commit)
    }
    if (gone.length > 0) {
      heads.clear()
      for (const [name, commit] of commits) noteHead(name, commit)
    }
    for (const key of damaged.keys()) if (!keys.includes(key)) damaged.delete(key)
    const indexBefore = index
    const indexFound = await readIndex(repository, call)
    index = indexFound.index
    lost.push(...indexBefore.filter(({ key }) => !index.some((record) => record.key === key)))
    replacedIndex = indexFound.replaced
    // When that fails half-way, it is done again the next time.
    if (!sameItems(index, indexAdded)) await addPacks(index.flatMap(({ packs }) => packs), true, call)
    indexAdded = index
    const unread = added.filter((key) => !commits.has(endOf(key)))
    const read = await inParallel(unread, (key) => readUsable(key, call))
    const trashFound = await readTrash(repository, call)
    // Another one whenever what it is about has changed: who looked through it has to look again.
    if (trashFound !== trashRead || gone.length > 0 || unread.length > 0) trash = { ...trashFound, trash: new Map(trashFound.trash) }
    trashRead = trashFound
    // What a removed snapshot names may be gone, if a provider that was away brought it back: of two copies of a unit the other counts.
    const isRemoved = (at: number): boolean => trash.trash.has(endOf(unread[at]!))
    for (const removed of [false, true]) {
      const some = read.filter((_, at) => isRemoved(at) === removed)
      await addPacks(some.flatMap((commit) => commit?.packs ?? []), false, call)
    }
    read.forEach((commit, at) => commit && keepCommit(endOf(unread[at]!), commit))
    // Of two that learn at the same time, the one that began first adds to what the other has seen.
    if (learner === self) {
      for (const name of [...wasUnlisted, ...unread.map(endOf)]) unlisted.delete(name)
      listed = read.includes(undefined) ? keys.filter((key) => commits.has(endOf(key))) : keys
    }
    findUnnamed()
    for (const [key, error] of trash.damaged) warn(`Record ${key} of removed snapshots cannot be read: ${error.message}`, error.hint)
  }

  const repository: Repository = {
    ...entered,
    state,
    catalog,
    commits,
    damaged,
    get trash() {
      return trash.trash
    },
    get damagedTrash() {
      return trash.damaged
    },
    get index() {
      return index
    },
    get replacedIndex() {
      return replacedIndex
    },
    get isOutgrown() {
      return outgrown
    },
    heads,
    unnamed,
    records: knownRecords(),
    newObject(kind) {
      const { epoch, root } = currentEpoch(ring)
      const header = encodeHeader({ kind, suite: ring.suite, epoch, repository: ring.repository, salt: crypto.random(32) })
      return { header, key: objectKey(crypto, root, header) }
    },
    // Never with the signal of whoever opened the repository: that may fire when he has long been done.
    async refresh(refreshOptions = {}) {
      const startedAt = performance.now()
      await readRemovals(repository, refreshOptions)
      await withListed(provider, commitPrefix, refreshOptions, (keys) => learn(keys, refreshOptions), listed)
      listedAt = startedAt
      lookedForUnnamed = false
      if (damaged.size > 0) await repository.adoptUnnamed(refreshOptions)
    },
    async refreshIfStale(refreshOptions) {
      if (performance.now() - listedAt <= listingLastsMs) return false
      await repository.refresh(refreshOptions)
      return true
    },
    async adoptUnnamed(lookOptions = {}) {
      if (!lookedForUnnamed) await adoptUnnamedPacks(repository, catalog, unnamed, lookOptions)
      lookedForUnnamed = true
      return unnamed.size > 0
    },
    addCommit: keepCommit,
    abandon(packs) {
      for (const name of packs) {
        unnamed.delete(name)
        catalog.abandon(name)
      }
    },
  }
  await repository.refresh(call)
  return repository
}

/** The name at the end of a key whose form was looked at when it was listed. */
const endOf = (key: string): ObjectName => key.slice(-64)

/** Those that are not listed. */
function withoutThese(commits: ReadonlyMap<ObjectName, Commit>, keys: readonly string[]): (readonly [ObjectName, Commit])[] {
  const names = new Set(keys.map(endOf))
  return [...commits].filter(([name]) => !names.has(name))
}
