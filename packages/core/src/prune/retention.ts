import type { Authority } from '../contract/authority.ts'
import type { CallOptions } from '../contract/provider.ts'
import type { RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import { type RetentionPlan, planRetention } from '../keep/plan.ts'
import { snapshotMarks } from '../read/marks.ts'
import { type CopyKnowledge, type StoredSnapshot, storedSnapshots } from '../read/snapshot-copies.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from '../session/bounds.ts'
import { readHolds } from './holds.ts'
import { throwAway } from './throw-away.ts'

/** What retention did. Plain data. */
export interface RetentionReport {
  /** What was decided, and why. */
  readonly plan: RetentionPlan
  readonly removed: readonly ObjectName[]
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
  const { policies, zone, clock, knowledge } = options
  const now = clock()
  await repository.refresh(call)
  const held = new Set((await readHolds(repository, now, call)).flatMap(({ snapshots }) => snapshots))
  const snapshots = storedSnapshots(repository, knowledge, await snapshotMarks(repository, call))
  const lastOn = newestComplete(snapshots)
  const retained = snapshots.map((snapshot): RetainedSnapshot => {
    const { id, time, kind, tags, verified, suspect } = snapshot
    const marks = { ...(verified && { verified }), ...(suspect && { suspect }) }
    return { id, time, kind, tags, held: held.has(id), lastOn: lastOn.get(id) ?? [], ...marks }
  })
  return planRetention(retained, policies, { now, zone })
}

/**
 * Carries a plan out: what it drops goes into the trash.
 *
 * @param reviewed a plan that somebody looked at; what is decided now otherwise
 * @throws `config` when the reviewed plan drops what would be kept by now
 */
export async function retain(
  repository: Repository,
  reviewed: RetentionPlan | undefined,
  { actor, reason = 'retention' }: Authority,
  options: RetentionOptions & { readonly bounds: Bounds },
  call: CallOptions,
): Promise<RetentionReport> {
  const now = await retentionNow(repository, options, call)
  const plan = reviewed ?? now
  const droppable = new Set(now.drop.map(({ id }) => id))
  for (const { id } of plan.drop) {
    if (droppable.has(id) || repository.trash.has(id) || !repository.commits.has(id)) continue
    const reasons = now.keep.find((kept) => kept.id === id)?.reasons.join(', ')
    throw new BackupError('config', `The plan does not fit any more: snapshot ${id.slice(0, 12)} is kept by now (${reasons}).`, {
      key: id,
      hint: 'Make a new plan, look at it, and apply that.',
    })
  }
  const removed = plan.drop.map(({ id }) => id).filter((id) => droppable.has(id))
  if (removed.length === 0) return { plan, removed }
  const authority = { reason, ...(actor !== undefined && { actor }) }
  const until = await throwAway(repository, removed, authority, options.bounds, options.clock(), call)
  return { plan, removed, until }
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
