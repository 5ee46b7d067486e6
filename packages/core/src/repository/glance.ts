import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit } from '../format/commit.ts'
import { type ObjectName, commitPrefix, nameInKey, timeInKey } from '../format/names.ts'
import type { Catalog } from '../index/catalog.ts'
import { begunEarly } from './begun-early.ts'
import { type EnterOptions, type Entered, enterRepository } from './enter.ts'
import { readIndex } from './index-records.ts'
import { knownRecords } from './known-records.ts'
import { lazyTables } from './lazy-tables.ts'
import { listNamed } from './objects.ts'
import { readCommit } from './read-commit.ts'
import { adoptUnnamedPacks } from './read-toc.ts'
import { readRemovals } from './removals.ts'
import { severalAtATime } from './several-at-a-time.ts'
import { readTrash } from './trash.ts'

/**
 * One snapshot of a repository, without the rest: only that commit was read, and of the tables of contents of large packs, which are
 * megabytes, only those that somebody who looks up a page turned out to need.
 */
export interface Glance extends Entered {
  readonly name: ObjectName
  readonly commit: Commit
  /** What is known so far. */
  readonly catalog: Catalog
  /**
   * Learns where more units are, until the one is found that somebody needs, or nothing more is to be learnt.
   *
   * @param near about how far into the snapshot's bytes the unit is, from 0 to 1: what lies there is looked into first
   */
  look(near: number, isFound: () => boolean, options: CallOptions): Promise<void>
  /** Begins to read the table of contents that will be needed for what is there, if it was not read yet. */
  expect(near: number): void
}

/**
 * @param wanted `latest`, or the beginning of an id
 * @returns nothing where it takes a look at the whole repository to tell which snapshot that is, or why there is none
 */
export async function glanceAt(options: EnterOptions, wanted: string): Promise<Glance | undefined> {
  const { warn, signal } = options
  const call: CallOptions = signal ? { signal } : {}
  const likely = (keys: readonly string[]): readonly string[] =>
    wanted === 'latest' ? keys.slice(-1) : keys.filter((key) => nameInKey(key)!.startsWith(wanted)).slice(0, 2)
  const early = begunEarly(options.provider, likely, call)
  const entered = await enterRepository({ ...options, provider: early })
  const place = { ...entered, records: knownRecords() }
  await readRemovals(place, call)
  const [keys, { trash, damaged }] = await Promise.all([listNamed(early, commitPrefix, call), readTrash(place, call)])
  const key = damaged.size > 0 ? undefined : onlyOne(keys.filter((one) => !trash.has(nameInKey(one)!)), wanted)
  if (key === undefined) return undefined
  const commit = await readableCommit(entered, key, call)
  // Only who has the keys can say when it was made; anybody could have named it.
  if (commit?.time.getTime() !== timeInKey(key)!.getTime()) return undefined

  const tables = lazyTables(entered, warn)
  await tables.learn(commit.packs, false)
  const index = onceDone(async () => tables.learn((await readIndex(place, {})).index.flatMap(({ packs }) => packs), true))
  const learnMore = inBatches(outwards(keys, key, trash), async (some) => {
    const read = await severalAtATime(some, capabilitiesOf(early).smallConcurrency, (one) => readableCommit(entered, one, {}))
    for (const one of read) if (one) await tables.learn(one.packs, false)
  })
  // What was not new to it is elsewhere: that is found out while its lists are read.
  if (commit.counts.freshBytes < commit.counts.bytes) void learnMore().catch(() => {})
  const unnamed = onceDone(() => adoptUnnamedPacks(entered, tables.catalog, new Set(), {}))
  return {
    ...entered,
    name: nameInKey(key)!,
    commit,
    catalog: tables.catalog,
    expect: tables.expect,
    async look(near, isFound) {
      const read = async (most: number, which?: 'likely'): Promise<void> => {
        for (let count = 1; !isFound() && count <= most; count *= 2) if ((await tables.readNearest(near, count, which)) === 0) return
      }
      await read(1, 'likely')
      if (isFound()) return
      await index()
      await read(Number.POSITIVE_INFINITY, 'likely')
      while (!isFound() && (await learnMore())) await read(Number.POSITIVE_INFINITY, 'likely')
      await read(Number.POSITIVE_INFINITY)
      if (!isFound()) await unnamed()
    },
  }
}

/** Commits that are read together at first. Of thousands, one that somebody needs is often among these. */
const firstBatch = 8

/**
 * The others, in the order in which they may be needed: what is not new in a snapshot is in those just before it, or in the oldest ones,
 * which began with everything. What a removed snapshot names may be gone: of two copies of a unit the other counts.
 */
function outwards(keys: readonly string[], key: string, trash: ReadonlyMap<ObjectName, unknown>): readonly string[] {
  const at = keys.indexOf(key)
  const before = keys.slice(0, at)
  const inTurn = before.map((_, turn) => (turn % 2 === 0 ? before.at(-1 - turn / 2)! : before[(turn - 1) / 2]!))
  const all = [...inTurn, ...keys.slice(at + 1)]
  const isRemoved = (one: string): boolean => trash.has(nameInKey(one)!)
  return [...all.filter((one) => !isRemoved(one)), ...all.filter(isRemoved)]
}

/** Does the work for the next few each time, twice as many as before. All who ask wait for the same. @returns whether there were any */
function inBatches(keys: readonly string[], work: (some: readonly string[]) => Promise<void>): () => Promise<boolean> {
  let next = 0
  let count = firstBatch
  let reading: Promise<boolean> | undefined
  const read = async (): Promise<boolean> => {
    const some = keys.slice(next, next + count)
    if (some.length > 0) await work(some)
    next += some.length
    count *= 2
    return some.length > 0
  }
  return () => (reading ??= read().finally(() => (reading = undefined)))
}

/** Others may do without one that cannot be read, and what it named is found in the end. */
async function readableCommit(entered: Entered, key: string, call: CallOptions): Promise<Commit | undefined> {
  try {
    return await readCommit(entered, key, call)
  } catch (error) {
    if (!BackupError.is(error, 'corrupt', 'unsupported', 'key', 'not-found', 'range')) throw error
    return undefined
  }
}

/** All who ask wait for the same work; when it fails, the next one begins it again. */
function onceDone(work: () => Promise<void>): () => Promise<void> {
  let begun: Promise<void> | undefined
  return () =>
    (begun ??= work().catch((error: unknown) => {
      begun = undefined
      throw error
    }))
}

/** The key of the one that is meant, if that can be told from the keys. */
function onlyOne(keys: readonly string[], wanted: string): string | undefined {
  const newest = keys.at(-1)
  if (wanted === 'latest') {
    const isTied = newest !== undefined && keys.at(-2) !== undefined && timeInKey(keys.at(-2)!)?.getTime() === timeInKey(newest)?.getTime()
    return isTied ? undefined : newest
  }
  const found = keys.filter((key) => wanted.length > 0 && nameInKey(key)!.startsWith(wanted))
  return found.length === 1 ? found[0] : undefined
}
