import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Commit, CommitPack } from '../format/commit.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { currentEpoch } from '../format/ring.ts'
import { epochsOf } from '../repository/epochs.ts'
import { removedPacks } from '../repository/removals.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from '../session/bounds.ts'
import { type Session, readSessions } from '../session/session.ts'
import { type Tomb, doomedPacks, readTombs } from '../session/tombs.ts'
import { widelyKnown } from './announced.ts'
import { type Hold, readHolds } from './holds.ts'
import { rules } from './rules.ts'
import { type Scan, scan } from './scan.ts'

/** Everything that has to be known before anything is removed. */
export interface Survey {
  /** Everything below was found out after this moment. */
  readonly time: Date
  /** Snapshots in the trash that can no longer be brought back. */
  readonly expired: readonly { readonly name: ObjectName; readonly commit: Commit }[]
  /** Packs that the other snapshots name. They stay as long as these do. */
  readonly pinned: ReadonlySet<ObjectName>
  /** Of the others, those that are sealed with the keys of an earlier epoch. */
  readonly outdated: ReadonlySet<ObjectName>
  readonly scan: Scan
  readonly tombs: readonly Tomb[]
  /** Of these, those that everybody knows of. */
  readonly known: ReadonlySet<Tomb>
  readonly sessions: ReadonlyMap<string, Session>
}

/**
 * @throws `corrupt` when a snapshot, a hold or a record of something removed cannot be read, or something is missing that a snapshot
 * needs: with an incomplete view nothing may be removed
 */
export async function survey(repository: Repository, bounds: Bounds, clock: () => Date, call: CallOptions): Promise<Survey> {
  const time = clock()
  await repository.refresh(call)
  for (const [key, error] of repository.damaged) throw unclear(`Snapshot ${key}`, key, error)
  for (const [key, error] of repository.damagedTrash) throw unclear(`Record ${key}`, key, error)
  const holds = await readHolds(repository, time, call)
  const { tombs, damaged } = await readTombs(repository, call)
  for (const [key, error] of damaged) throw unclear(`Record ${key}`, key, error)
  const sessions = await readSessions(repository, call)

  const expired = expiredSnapshots(repository, holds, time, bounds)
  const gone = new Set(expired.map(({ name }) => name))
  const roots = [...repository.commits].flatMap(([name, commit]) => (gone.has(name) ? [] : [commit]))
  const named = new Map<ObjectName, CommitPack>()
  for (const { packs } of [...repository.index, ...roots]) for (const pack of packs) named.set(pack.name, pack)
  const pinned = new Set(roots.flatMap(({ packs }) => packs.map(({ name }) => name)))
  const described = new Map(expired.flatMap(({ commit }) => commit.packs.map((pack) => [pack.name, pack])))
  const doomed = new Set([...doomedPacks(tombs, time), ...removedPacks(repository)])
  const found = await scan(repository, { ...call, roots, named, pinned, described, doomed })
  const outdated = await outdatedPacks(repository, [...found.packs.keys()].filter((name) => !pinned.has(name)), call)
  return { time, expired, pinned, outdated, tombs, known: await widelyKnown(repository, tombs), sessions, scan: found }
}

async function outdatedPacks(repository: Repository, names: readonly ObjectName[], call: CallOptions): Promise<Set<ObjectName>> {
  const epochs = await epochsOf(repository, names.map(packKey), call)
  const { epoch } = currentEpoch(repository.ring)
  return new Set(names.filter((name) => (epochs.get(packKey(name)) ?? epoch) < epoch))
}

function expiredSnapshots(repository: Repository, holds: readonly Hold[], now: Date, bounds: Bounds): Survey['expired'] {
  const held = new Set(holds.flatMap(({ snapshots }) => snapshots))
  return [...repository.trash].flatMap(([name, { until }]) => {
    const commit = repository.commits.get(name)
    return commit && !held.has(name) && rules.isGoneForGood(until, now, bounds) ? [{ name, commit }] : []
  })
}

function unclear(what: string, key: string, cause: BackupError): BackupError {
  return new BackupError(cause.kind, `${what} cannot be read, so nothing may be removed: ${cause.message}`, { key, hint: cause.hint, cause })
}
