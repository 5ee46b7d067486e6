import type { CallOptions } from '../contract/provider.ts'
import { type SnapshotCheck, readSnapshotCheck, writeSnapshotCheck } from '../format/check.ts'
import { type ObjectName, nameInKey } from '../format/names.ts'
import { type StoredRecord, decodeEach, readRecords, removeRecord, writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import { writerId } from '../write/writer-state.ts'

/**
 * Stores what came of bringing a snapshot back, and takes away what nobody needs any more: there are never many more of these records
 * than there are snapshots, whatever happens in fifteen years.
 *
 * @param more what this kind of check says besides
 */
export async function recordCheck(
  repository: Repository,
  check: SnapshotCheck,
  now: Date,
  call: CallOptions = {},
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const body = { ...writeSnapshotCheck(check), ...more }
  await writeRecord(repository, { class: 'check', type: 'check', writer: await writerId(repository), time: now, body }, call)
  const { found } = await readRecords(repository, 'check', call)
  for (const { key } of superfluous(repository, found, now)) await removeRecord(repository, key, call)
}

/** What a snapshot that is gone was good for is no longer of interest; but a listing may lag, and clocks differ. */
const goneMs = 30 * 86_400_000
/** So long every drill is kept; of those before, the last of each month. */
const drillsMs = 2 * 366 * 86_400_000

/** @param records from the oldest on */
export function superfluous(repository: Pick<Repository, 'commits' | 'damaged'>, records: readonly StoredRecord[], now: Date): StoredRecord[] {
  const there = new Set<ObjectName>(repository.commits.keys())
  for (const key of repository.damaged.keys()) there.add(nameInKey(key)!)
  const seen = new Set<string>()
  const isSeen = (what: string): boolean => seen.size === seen.add(what).size
  const ageOf = ({ time }: StoredRecord): number => now.getTime() - time.getTime()
  const checks = records.filter(({ type }) => type === 'check')
  // What cannot be made sense of is somebody else's to judge.
  const { values } = decodeEach({ found: checks, damaged: new Map() }, (record) => ({ record, ...readSnapshotCheck(record.fields) }))
  const useless = values.toReversed().filter(({ record, kind, snapshot, outcome }) => {
    const isNewest = !isSeen(`${kind === 'drill'} ${outcome} ${snapshot}`)
    if (kind !== 'drill') return !isNewest || (!there.has(snapshot) && ageOf(record) > goneMs)
    const isLastOfMonth = !isSeen(`${outcome} ${record.time.toISOString().slice(0, 7)}`)
    return ageOf(record) > drillsMs && !isLastOfMonth && !(isNewest && there.has(snapshot))
  })
  return useless.map(({ record }) => record)
}
