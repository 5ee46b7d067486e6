import type { ObjectName } from '../format/names.ts'
import type { Bounds } from '../session/bounds.ts'
import { doomedPacks } from '../session/tombs.ts'
import { chooseToGather } from './choose-to-gather.ts'
import { rules } from './rules.ts'
import type { Survey } from './survey.ts'

/** What a collection would do now, and why the rest has to wait. Plain data; making it changes nothing. */
export interface CollectionPlan {
  /** Packs in the repository. */
  readonly packs: number
  readonly packBytes: number
  /** Bytes in them that snapshots need. Not known when every pack is one that a snapshot keeps as it is: then no more is looked for. */
  readonly neededBytes?: number
  /** Snapshots whose time in the trash is over. */
  readonly snapshots: readonly ObjectName[]
  /** Packs whose removal was announced long enough ago. */
  readonly remove: readonly PackToRemove[]
  /** Packs that nothing needs, of which it is announced that they will be removed. */
  readonly announce: readonly PackToRemove[]
  /** Packs of which little is needed: that is copied into new ones. */
  readonly gather: readonly PackToRemove[]
  /** When packs can be removed next whose removal is announced. */
  readonly next?: Date
  /** Packs that cannot be read, and are left alone. */
  readonly unreadable: readonly ObjectName[]
}

export interface PackToRemove {
  readonly name: ObjectName
  readonly bytes: number
}

/**
 * @param unusedSince when a pack was first seen that nothing needs, for those whose age the provider does not tell
 */
export function planCollection(found: Survey, bounds: Bounds, unusedSince: ReadonlyMap<ObjectName, Date>): CollectionPlan {
  const { scan, pinned, outdated, tombs, known, sessions, time } = found
  const packs = [...scan.packs.values()]
  const isUnused = ({ name, neededUnits }: (typeof packs)[number]): boolean => neededUnits === 0 && !pinned.has(name)
  const heeded = doomedPacks(tombs, time)
  const due = [...known].filter((tomb) => rules.isDue(tomb, time) && rules.areOver(sessions.values(), tomb, time, bounds))
  const dueNames = new Set(due.flatMap(({ packs: names }) => [...names]))
  const storedBytes = packs.reduce((sum, { size }) => sum + size, 0)
  const loose = packs.filter(({ name }) => !pinned.has(name) && !heeded.has(name))
  const isOld = ({ name, since }: (typeof packs)[number]): boolean => {
    const there = since ?? unusedSince.get(name)
    return there !== undefined && rules.isOldEnough(there, time, bounds)
  }
  const waiting = [...known].filter((tomb) => time < tomb.to && !due.includes(tomb)).map(({ from }) => from)
  return {
    packs: packs.length,
    packBytes: storedBytes,
    ...(scan.isComplete && { neededBytes: Math.round(packs.reduce((sum, { neededBytes }) => sum + neededBytes, 0)) }),
    snapshots: found.expired.map(({ name }) => name),
    remove: packs.filter((pack) => dueNames.has(pack.name) && rules.isUnneeded(pack, pinned.has(pack.name))).map(toRemove),
    announce: packs.filter((pack) => isUnused(pack) && !heeded.has(pack.name) && isOld(pack)).map(toRemove),
    gather: chooseToGather(
      loose.filter(isOld).map((pack) => ({ ...pack, isOutdated: outdated.has(pack.name) })),
      storedBytes,
    ).map(toRemove),
    ...(waiting.length > 0 && { next: new Date(Math.min(...waiting.map((each) => each.getTime()))) }),
    unreadable: scan.unreadable,
  }
}

const toRemove = ({ name, size }: { readonly name: ObjectName; readonly size: number }): PackToRemove => ({ name, bytes: size })
