import type { Authority } from '../contract/authority.ts'
import type { CallOptions } from '../contract/provider.ts'
import type { RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import { type Anomaly, type MeasuredSnapshot, findAnomalies } from '../keep/anomalies.ts'
import { type RetentionPlan, planRetention } from '../keep/plan.ts'
import { snapshotMarks } from '../read/marks.ts'
import { sortedSnapshots } from '../read/choose.ts'
import { type CopyKnowledge, type StoredSnapshot, storedSnapshots } from '../read/snapshot-copies.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from '../session/bounds.ts'
import { type Deed, type Hold, readHolds, reasoned } from './holds.ts'
import { throwAway } from './throw-away.ts'

/** What retention did. Plain data. */
export interface RetentionReport {
  /** What was decided, and why. */
  readonly plan: RetentionPlan
  readonly removed: readonly ObjectName[]
  /** Why nothing was removed, although it would have been: the newest snapshots do not fit those before them. */
  readonly paused: readonly Anomaly[]
  /** What was removed can be brought back before this. */
  readonly until?: Date
}

export interface RetentionOptions {
  readonly policies: readonly RetentionPolicy[]
  readonly zone: string
  readonly clock: () => Date
  readonly knowledge: CopyKnowledge
}

/** Asks the policies about everything that is not in the trash. */
export async function retentionNow(repository: Repository, options: RetentionOptions, call: CallOptions): Promise<RetentionPlan> {
  const [plan] = await retentionAt(repository, options, [options.clock()], planRetention, call)
  return plan!
}

/**
 * The same at several times, one after the other: each asks about what the one before it kept.
 *
 * @param times ascending
 * @param plan asks the policies: {@link planRetention}, or {@link forecastRetention}
 */
export async function retentionAt(
  repository: Repository,
  { policies, zone, knowledge }: Omit<RetentionOptions, 'clock'>,
  times: readonly Date[],
  plan: typeof planRetention,
  call: CallOptions,
): Promise<RetentionPlan[]> {
  await repository.refresh(call)
  const [first = new Date()] = times
  const holds = await readHolds(repository, first, call)
  let left = storedSnapshots(repository, knowledge, await snapshotMarks(repository, call))
  return times.map((now) => {
    const planned = plan(retainedSnapshots(left, holds, now), policies, { now, zone })
    const dropped = new Set(planned.drop.map(({ id }) => id))
    left = left.filter(({ id }) => !dropped.has(id))
    return planned
  })
}

function retainedSnapshots(snapshots: readonly StoredSnapshot[], holds: readonly Hold[], now: Date): RetainedSnapshot[] {
  const inForce = holds.filter(({ until }) => !until || now < until)
  const held = new Set(inForce.flatMap((hold) => hold.snapshots))
  const lastOn = newestComplete(snapshots)
  return snapshots.map((snapshot) => {
    const { id, time, kind, tags, verified, suspect } = snapshot
    const marks = { ...(verified && { verified }), ...(suspect && { suspect }) }
    return { id, time, kind, tags, held: held.has(id), lastOn: lastOn.get(id) ?? [], ...marks }
  })
}

export interface RetainOptions extends RetentionOptions {
  readonly bounds: Bounds
  readonly authority: Authority
  /** Go on in spite of anomalies. */
  readonly force: boolean
  readonly record: Deed['record']
}

/**
 * Carries a plan out: what it drops goes into the trash. Without a plan that somebody reviewed, nothing does as long as the newest
 * snapshots do not fit those before them: what looks like ransomware must not take the good history with it.
 *
 * @param reviewed a plan that somebody looked at; what is decided now otherwise
 * @throws `config` when the reviewed plan drops what would be kept by now, and for `force` without a reason
 */
export async function retain(
  repository: Repository,
  reviewed: RetentionPlan | undefined,
  options: RetainOptions,
  call: CallOptions,
): Promise<RetentionReport> {
  const { authority, force, record, bounds, clock } = options
  if (force) reasoned(authority, 'apply retention in spite of anomalies')
  const decided = await retentionNow(repository, options, call)
  const plan = reviewed ?? decided
  const droppable = new Set(decided.drop.map(({ id }) => id))
  for (const { id } of plan.drop) {
    if (droppable.has(id) || repository.trash.has(id) || !repository.commits.has(id)) continue
    const reasons = decided.keep.find((kept) => kept.id === id)?.reasons.join(', ')
    throw new BackupError('config', `The plan does not fit any more: snapshot ${id.slice(0, 12)} is kept by now (${reasons}).`, {
      key: id,
      hint: 'Make a new plan, look at it, and apply that.',
    })
  }
  const removed = plan.drop.map(({ id }) => id).filter((id) => droppable.has(id))
  const paused = reviewed || force || removed.length === 0 ? [] : recentAnomalies(repository, clock(), bounds)
  if (removed.length === 0 || paused.length > 0) return { plan, removed: [], paused }
  const deed = { authority: { reason: 'retention', ...authority }, bounds, record, now: clock() }
  return { plan, removed, paused, until: await throwAway(repository, removed, deed, call) }
}

/** Of the time in which what is removed could be brought back. Each source is compared with itself. */
function recentAnomalies(repository: Repository, now: Date, { undoMs }: Bounds): Anomaly[] {
  const bySource = new Map<string, MeasuredSnapshot[]>()
  for (const { name: id, commit } of sortedSnapshots(repository)) {
    const { time, counts, source } = commit
    const label = `${source.name}\0${source.label}`
    const measured = { id, time, sizeBytes: counts.bytes, freshBytes: counts.freshBytes, storedBytes: counts.storedBytes }
    const others = bySource.get(label)
    if (others) others.push(measured)
    else bySource.set(label, [measured])
  }
  const since = now.getTime() - undoMs
  return [...bySource.values()].flatMap((all) => {
    const young = new Set(all.filter(({ time }) => time.getTime() > since).map(({ id }) => id))
    return findAnomalies(all, now).filter(({ id }) => young.has(id))
  })
}

/** For each provider the newest snapshot that it alone can restore; a suspect one only where there is no other. */
function newestComplete(oldestFirst: readonly StoredSnapshot[]): Map<ObjectName, string[]> {
  const newest = new Map<string, ObjectName>()
  for (const { id, copies, suspect } of oldestFirst) {
    for (const { location, state } of copies) if (state === 'committed' && (!suspect || !newest.has(location))) newest.set(location, id)
  }
  const lastOn = new Map<ObjectName, string[]>()
  for (const [location, id] of newest) lastOn.set(id, [...(lastOn.get(id) ?? []), location])
  return lastOn
}
