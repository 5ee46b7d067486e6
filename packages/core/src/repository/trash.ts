import type { CallOptions } from '../contract/provider.ts'
import type { Authority } from '../contract/authority.ts'
import { readTime } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'
import { readNames } from '../format/record.ts'
import type { RecordPlace } from './known-records.ts'
import { type Records, type StoredRecord, decodeEach, decodedOnce, readRecords } from './records.ts'
import { sameItems } from './same-items.ts'

/**
 * A snapshot that was removed. It is not offered any more; until it is gone for good it can be brought back, and everything it needs
 * is kept.
 */
export interface Trashed extends Required<Authority> {
  readonly time: Date
  /** It can be brought back before this. */
  readonly until: Date
}

/**
 * What is in the trash now, by the names of commits. Records say what was thrown away and what was brought back; of each snapshot the
 * latest counts. A snapshot whose record cannot be read is offered as if it had not been removed.
 */
export async function readTrash(repository: RecordPlace, call: CallOptions): Promise<TrashFound> {
  const records = await readRecords(repository, 'trash', call)
  const before = reads.get(repository)
  // Every backup asks, and once a day there is something new, among thousands of snapshots.
  if (before && isSame(before.records, records)) return before.found
  const found = trashIn(records)
  reads.set(repository, { records, found })
  return found
}

const reads = new WeakMap<RecordPlace, { readonly records: Records; readonly found: TrashFound }>()

function isSame(before: Records, { found, damaged }: Records): boolean {
  return before.damaged.size === 0 && damaged.size === 0 && sameItems(found, before.found)
}

function trashIn(records: Records): TrashFound {
  const { values, damaged } = decodeEach(records, knownEntries)
  const trash = new Map<ObjectName, Trashed>()
  for (const [name, trashed] of values.flat().sort(byTime)) {
    if ('until' in trashed) trash.set(name, trashed)
    else trash.delete(name)
  }
  return { trash, damaged }
}

export interface TrashFound {
  readonly trash: ReadonlyMap<ObjectName, Trashed>
  /** Whoever removes things for good must not go on while there are any. */
  readonly damaged: Records['damaged']
}

type Entry = readonly [ObjectName, Trashed | { readonly time: Date }]

/** Of two things said in the same moment, that it is back counts. */
function byTime([, a]: Entry, [, b]: Entry): number {
  return a.time.getTime() - b.time.getTime() || Number('until' in b) - Number('until' in a)
}

const knownEntries = decodedOnce(entriesOf)

function entriesOf({ type, time, fields }: StoredRecord): Entry[] {
  const names = readNames(fields, 'commits')
  if (type !== 'trash') return names.map((name) => [name, { time }])
  const trashed = { time, until: readTime(fields, 'until'), actor: fields.text('actor'), reason: fields.text('reason') }
  return names.map((name) => [name, trashed])
}
