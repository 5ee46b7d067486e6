import { suspicionsOf } from '../read/snapshot.ts'
import type { HealthFacts, JudgedSnapshot, ProviderFacts } from './facts.ts'
import { isCancelled } from './metrics.ts'
import type { RunEntry } from './history.ts'

/** What conditions and figures ask of facts. */

/** Clocks of two machines may differ so much without anybody having to worry. */
const toleratedMs = 5 * 60_000

/** Newest first, those that have a time and a past. */
export function pastSnapshots({ snapshots }: HealthFacts, now: Date): JudgedSnapshot[] {
  return snapshots.filter(({ time }) => time.getTime() <= now.getTime() + toleratedMs).toReversed()
}

/** The newest that can be relied on. */
export function newestGood(facts: HealthFacts, now: Date): JudgedSnapshot | undefined {
  return pastSnapshots(facts, now).find((snapshot) => !isSuspect(snapshot) && snapshot.state !== 'partial')
}

export function isSuspect({ suspect }: JudgedSnapshot): boolean {
  return suspect !== undefined && suspect.length > 0
}

/** What its source said of the data itself while it was backed up, as long as nobody has put it aside. */
export function foundInData({ suspect = [], proof }: JudgedSnapshot): readonly string[] {
  const said = suspicionsOf(proof) ?? []
  return suspect.filter((finding) => said.includes(finding))
}

/** What was found out later about what is stored. */
export function foundInStore(snapshot: JudgedSnapshot): readonly string[] {
  const inData = foundInData(snapshot)
  return (snapshot.suspect ?? []).filter((finding) => !inData.includes(finding))
}

/** Backups that ended well or badly, newest first. */
export function endedBackups({ history }: HealthFacts): RunEntry[] {
  return history.filter((entry) => entry.operation === 'backup' && !isCancelled(entry)).toReversed()
}

/** The newest run of an operation that ended well or badly. */
export function lastOf({ history }: HealthFacts, operation: string): RunEntry | undefined {
  return history.findLast((entry) => entry.operation === operation && !isCancelled(entry))
}

/** The newest of an operation that looks for damage. One that was refused, for the place that it was to use, has looked at nothing. */
export function lastCheck({ history }: HealthFacts, operation: string): RunEntry | undefined {
  return history.findLast((entry) => entry.operation === operation && !isCancelled(entry) && !refusals.includes(entry.error?.kind ?? ''))
}

const refusals = ['config', 'exists']

/** When something was last found to be sound, by whatever means. */
export function lastVerified(facts: HealthFacts, now: Date): Date | undefined {
  const looked = past(facts, now).filter(({ operation, ok }) => ok && checks.includes(operation))
  const marks = facts.snapshots.flatMap(({ verified }) => verified?.getTime() ?? []).filter((time) => time <= now.getTime() + toleratedMs)
  const times = [...looked.map(({ at }) => at), ...marks]
  return times.length > 0 ? new Date(Math.max(...times)) : undefined
}

/** Operations that look for damage. */
export const checks: readonly string[] = ['verify', 'scrub', 'drill']

/** The newest run that brought data back. */
export function lastRestored(facts: HealthFacts, now: Date): RunEntry | undefined {
  return past(facts, now).findLast(({ restored }) => restored === true)
}

/** What a clock that was set wrong has dated later than now says nothing about what is due. */
function past({ history }: HealthFacts, now: Date): readonly RunEntry[] {
  return history.filter(({ at }) => at <= now.getTime() + toleratedMs)
}

/** When data was last stored that can be relied on. Who cannot see the snapshots remembers the runs. */
export function lastBackupAt(facts: HealthFacts, now: Date): Date | undefined {
  if (!facts.closed) return newestGood(facts, now)?.time
  const run = past(facts, now).findLast(({ operation, ok }) => operation === 'backup' && ok)
  return run && new Date(run.at)
}

/** What of a provider's room is used, from 0 to 1; unknown where it cannot tell. */
export function usedShare({ usage }: ProviderFacts): number | undefined {
  const { usedBytes, freeBytes, totalBytes } = usage ?? {}
  const total = totalBytes ?? (usedBytes !== undefined && freeBytes !== undefined ? usedBytes + freeBytes : undefined)
  if (total === undefined || !(total > 0)) return undefined
  // Of a disk, others use a part too: what is free counts.
  const used = freeBytes !== undefined ? total - freeBytes : usedBytes
  return used === undefined || !Number.isFinite(used) ? undefined : Math.min(1, Math.max(0, used / total))
}
