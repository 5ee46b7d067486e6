import type { CallOptions } from '../contract/provider.ts'
import { readTime } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'
import { readNames } from '../format/record.ts'
import { type Records, type StoredRecord, decodeEach, decodedOnce, readRecords, writeRecord } from '../repository/records.ts'
import { learnRemovals, removalTypes } from '../repository/removals.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from './bounds.ts'

/**
 * The announcement that packs will be removed. It is never taken back; it lapses. While it holds, nobody counts on these packs: what
 * is needed of them is stored again. It says itself until when, so that hosts with other bounds heed it too.
 */
export interface Tomb {
  readonly key: string
  readonly time: Date
  readonly packs: ReadonlySet<ObjectName>
  /** The packs may be removed from then on … */
  readonly from: Date
  /** … and before this. */
  readonly to: Date
  /** The packs are like any others again. */
  readonly lapses: Date
}

export async function writeTomb(
  repository: Repository,
  packs: readonly ObjectName[],
  { graceMs, windowMs, lateMs, listMs }: Bounds,
  { writer, now }: { readonly writer: string; readonly now: Date },
  call: CallOptions,
): Promise<Tomb> {
  const after = (ms: number): string => new Date(now.getTime() + ms).toISOString()
  const body = {
    packs,
    from: after(graceMs),
    to: after(graceMs + windowMs),
    // A listing may still show a commit that was removed last, and somebody may count on its packs.
    lapses: after(graceMs + windowMs + lateMs + listMs),
  }
  return tombOf(await writeRecord(repository, { class: 'tomb', type: 'tomb', writer, time: now, body }, call))
}

export async function readTombs(repository: Repository, call: CallOptions): Promise<{ tombs: Tomb[]; damaged: Records['damaged'] }> {
  const { found, damaged: unread } = await readRecords(repository, 'tomb', call)
  learnRemovals(repository)
  const tombs = found.filter(({ type }) => !removalTypes.has(type))
  const { values, damaged } = decodeEach({ found: tombs, damaged: unread }, knownTomb)
  return { tombs: values, damaged }
}

/** Apart, so that tests can show what happens without. */
export const tombRules: { isHeeded(tomb: Tomb, now: Date): boolean } = {
  isHeeded: ({ lapses }, now) => now < lapses,
}

/** Packs that nobody may count on now. */
export function doomedPacks(tombs: readonly Tomb[], now: Date): Set<ObjectName> {
  return new Set(tombs.filter((tomb) => tombRules.isHeeded(tomb, now)).flatMap(({ packs }) => [...packs]))
}

const knownTomb = decodedOnce(tombOf)

function tombOf({ key, time, fields }: StoredRecord): Tomb {
  return {
    key,
    time,
    packs: new Set(readNames(fields, 'packs')),
    from: readTime(fields, 'from'),
    to: readTime(fields, 'to'),
    lapses: readTime(fields, 'lapses'),
  }
}
