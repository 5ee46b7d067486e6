import { type CallOptions, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
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
  const others = onceDone(async () => {
    await tables.learn((await readIndex(place, {})).index.flatMap(({ packs }) => packs), true)
    const otherKeys = keys.filter((one) => one !== key)
    const read = await severalAtATime(otherKeys, capabilitiesOf(early).smallConcurrency, (one) => readableCommit(entered, one, {}))
    const packsOf = (removed: boolean): CommitPack[] =>
      read.flatMap((one, at) => (trash.has(nameInKey(otherKeys[at]!)!) === removed ? (one?.packs ?? []) : []))
    // What a removed snapshot names may be gone: of two copies of a unit the other counts.
    for (const removed of [false, true]) await tables.learn(packsOf(removed), false)
  })
  const unnamed = onceDone(() => adoptUnnamedPacks(entered, tables.catalog, new Set(), {}))
  return {
    ...entered,
    name: nameInKey(key)!,
    commit,
    catalog: tables.catalog,
    expect: tables.expect,
    async look(near, isFound) {
      if (isFound()) return
      await tables.readNearest(near, 1, 'likely')
      if (isFound()) return
      await others()
      for (let count = 1; !isFound(); count *= 2) if ((await tables.readNearest(near, count)) === 0) break
      if (!isFound()) await unnamed()
    },
  }
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
