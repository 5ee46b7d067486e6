import { commitKey, packKey } from '../format/names.ts'
import type { IndexRecord } from '../repository/index-records.ts'
import type { Repository } from '../repository/repository.ts'
import { type ChosenSnapshot, sortedSnapshots } from './choose.ts'
import type { SnapshotMarks } from './marks.ts'
import { type SnapshotInfo, snapshotInfo } from './snapshot.ts'

/** A snapshot, and where it can be restored from. */
export interface StoredSnapshot extends SnapshotInfo {
  /**
   * - `partial`: fewer providers than `copies.required` can restore it on their own: what one of them held was lost
   * - `committed`: as many as required
   * - `replicated`: as many as `copies.target` says
   */
  readonly state: 'partial' | 'committed' | 'replicated'
  /** One entry for each provider. */
  readonly copies: readonly SnapshotCopy[]
  /** When it was last brought back, whole and sound: by a drill, a `verify` at depth `restore`, or a checked restore. */
  readonly verified?: Date
}

/** As far as is known here; `backup.sync()` finds out what was lost unnoticed. */
export interface SnapshotCopy {
  readonly location: string
  /** `committed`: this provider alone can restore it. `partial`: something is still on its way there. */
  readonly state: 'partial' | 'committed'
}

/** What is known of who holds what. */
export interface CopyKnowledge {
  readonly locations: readonly string[]
  readonly required: number
  readonly target: number
  /** Is this object with the provider at this location? Absent for a provider on its own: what is known is known from there. */
  readonly holds?: (location: string, key: string) => boolean
}

/** All snapshots, oldest first. */
export function storedSnapshots(
  repository: Repository,
  knowledge: CopyKnowledge,
  marks: ReadonlyMap<string, SnapshotMarks>,
): StoredSnapshot[] {
  const all = sortedSnapshots(repository)
  const describe = describer(all, repository.index, knowledge)
  return all.map((one) => {
    // Marks say all about suspicion: also that it was put aside.
    const { suspect: _, ...described } = describe(one)
    return { ...described, ...marks.get(one.name) }
  })
}

/** @param id of a snapshot that is there */
export function storedSnapshot(repository: Repository, knowledge: CopyKnowledge, id: string): StoredSnapshot {
  const commit = repository.commits.get(id)!
  // Every backup asks this of its own snapshot. Of those younger than it nothing matters, nor in which order the others come.
  const before = Array.from(knowledge.holds ? repository.commits : [], ([name, other]) => ({ name, commit: other })).filter(
    (other) => other.commit.time <= commit.time && !repository.trash.has(other.name),
  )
  return describer(before, repository.index, knowledge)({ name: id, commit })
}

function describer(
  all: readonly ChosenSnapshot[],
  index: readonly IndexRecord[],
  knowledge: CopyKnowledge,
): (one: ChosenSnapshot) => StoredSnapshot {
  const sound = new Map(knowledge.locations.map((location) => [location, soundUntil(all, index, location, knowledge)]))
  return ({ name, commit }) => {
    const copies = knowledge.locations.map((location): SnapshotCopy => {
      const isWhole = commit.time < sound.get(location)! && (knowledge.holds?.(location, commitKey(commit.time, name)) ?? true)
      return { location, state: isWhole ? 'committed' : 'partial' }
    })
    return { ...snapshotInfo(name, commit), state: stateOf(copies, knowledge), copies }
  }
}

/**
 * Of packs that only the index names, nobody knows here which snapshots need them. Any other pack is needed by snapshots that are as old as the commit that names it, or younger; which of them, only their lists tell. So all
 * of them count as incomplete where one is missing.
 */
function soundUntil(all: readonly ChosenSnapshot[], index: readonly IndexRecord[], location: string, { holds }: CopyKnowledge): Date {
  if (!holds) return endOfTime
  if (index.some(({ packs }) => packs.some(({ name }) => !holds(location, packKey(name))))) return new Date(-8.64e15)
  const broken = all.find(({ commit: { packs } }) => packs.some(({ name }) => !holds(location, packKey(name))))
  return broken?.commit.time ?? endOfTime
}

const endOfTime = new Date(8.64e15)

function stateOf(copies: readonly SnapshotCopy[], { required, target }: CopyKnowledge): StoredSnapshot['state'] {
  const whole = copies.filter(({ state }) => state === 'committed').length
  if (whole >= target) return 'replicated'
  return whole >= required ? 'committed' : 'partial'
}
