import type { RetainedSnapshot, RetentionClock, RetentionPolicy } from '../contract/retention.ts'
import { BackupError } from '../errors.ts'
import { checkPolicies } from './combine.ts'
import { byCredibility, type ByCredibility } from './credible.ts'
import { newestFirst } from './order.ts'
import { bySuspicion } from './suspect.ts'
import { dateWarnings, idleWarning, type RetentionWarning, suspectWarning } from './warnings.ts'
import { localTime } from './zone.ts'

/** What retention would do, and why: a plain value to show, store or send. Making it deletes nothing. */
export interface RetentionPlan {
  /** Newest first, each with at least one reason. */
  readonly keep: readonly { readonly id: string; readonly reasons: readonly string[] }[]
  /** Newest first. The reason names what would be left of that time. */
  readonly drop: readonly { readonly id: string; readonly reason: string }[]
  readonly warnings: readonly RetentionWarning[]
}

/**
 * Asks the policies which snapshots they keep, adds what no policy may drop, and explains the rest.
 *
 * Kept whatever the policies say: the newest, the newest that was verified, those under hold, the newest that
 * each provider has in full, and those whose date is not credible (after now, before 2001, or none). The latter count for no policy and never as the
 * newest. There is no such protection for each kind or tag; say `forKind('manual', keepLast(1))` if you want
 * it.
 *
 * A suspect snapshot, of which it is believed that what it holds is damaged, takes nobody's place: what would be
 * kept without it is kept beside it. As long as the newest one is suspect, nothing sound is dropped at all.
 *
 * The order of `snapshots` and `policies` does not matter for what is kept. With the same clock, planning for
 * what was kept drops nothing more.
 *
 * @param policies One, or several of which any may keep a snapshot.
 * @throws `config` without policies, for an unknown zone or an invalid time in the clock, for two snapshots
 *   with the same id, and when snapshots would be dropped although the policies keep none at all;
 *   `permanent` for a policy that keeps what it was not given.
 * @example
 * ```ts
 * const plan = planRetention(snapshots, fifteenYears(), { now: new Date(), zone: 'Europe/Berlin' })
 * for (const { id, reason } of plan.drop) console.log(`${id} would go: ${reason}`)
 * ```
 */
export function planRetention(
  snapshots: readonly RetainedSnapshot[],
  policies: RetentionPolicy | readonly RetentionPolicy[],
  clock: RetentionClock,
): RetentionPlan {
  const { plan, isRefused, list } = considered(snapshots, policies, clock)
  if (isRefused) throw keepsNothing(list, plan.drop.length)
  return plan
}

/**
 * What {@link planRetention} would say at another time. Where it would refuse, because no policy keeps anything any more, nothing is
 * dropped: that is no mistake when no new snapshots are looked at.
 */
export function forecastRetention(
  snapshots: readonly RetainedSnapshot[],
  policies: RetentionPolicy | readonly RetentionPolicy[],
  clock: RetentionClock,
): RetentionPlan {
  const { plan, isRefused } = considered(snapshots, policies, clock)
  if (!isRefused) return plan
  const spared = plan.drop.map(({ id }) => ({ id, reasons: [unkept] }))
  const inOrder = new Map([...plan.keep, ...spared].map((kept) => [kept.id, kept]))
  return { ...plan, keep: newestFirst(snapshots).map(({ id }) => inOrder.get(id)!), drop: [] }
}

const unkept = 'no policy keeps any: nothing would be removed'

interface Considered {
  readonly list: readonly RetentionPolicy[]
  readonly plan: RetentionPlan
  /** None of the policies keeps a snapshot, and some would be dropped. */
  readonly isRefused: boolean
}

function considered(
  snapshots: readonly RetainedSnapshot[],
  policies: RetentionPolicy | readonly RetentionPolicy[],
  clock: RetentionClock,
): Considered {
  const list: readonly RetentionPolicy[] = Array.isArray(policies) ? policies : [policies]
  checkPolicies(list, 'Retention')
  checkClock(clock)
  const all = newestFirst(snapshots)
  checkIds(all)

  const groups = byCredibility(all, clock.now)
  const { sound, doubtful } = bySuspicion(groups.credible)
  const reasons: Reasons = new Map()
  protect(groups, all, reasons)
  // Once as if suspect ones were not there: they push out nothing. Then with them, for periods that have no others.
  const views = sound.length === groups.credible.length ? [sound] : [sound, groups.credible]
  const idle = list.filter((policy) => !views.map((view) => ask(policy, view, clock, reasons)).includes(true))
  if (doubtful.length > 0) for (const { id } of sound) if (!reasons.has(id)) note(reasons, id, frozen)

  const plan = split(all, reasons)
  const idleWarnings = groups.credible.length > 0 ? idle.map(idleWarning) : []
  const warnings = [...dateWarnings(groups, clock.now), ...suspectWarning(doubtful, sound), ...idleWarnings]
  return { list, plan: { ...plan, warnings }, isRefused: idle.length === list.length && plan.drop.length > 0 }
}

const frozen = 'frozen: the newest snapshot is suspect'

/** @returns whether the policy keeps anything of these */
function ask(policy: RetentionPolicy, view: readonly RetainedSnapshot[], clock: RetentionClock, reasons: Reasons): boolean {
  const given = new Set(view.map(({ id }) => id))
  const kept = policy.keep([...view], { now: new Date(clock.now), zone: clock.zone })
  for (const { id, reason } of kept) {
    if (!given.has(id)) throw foreignId(policy, id)
    note(reasons, id, reason)
  }
  return kept.length > 0
}

/** Why snapshots are kept, by id; what is not in it is dropped. */
type Reasons = Map<string, string[]>

function protect(groups: ByCredibility, all: readonly RetainedSnapshot[], reasons: Reasons): void {
  const { credible, future, undated } = groups
  const { sound, doubtful } = bySuspicion(credible)
  const protections: [reason: string, snapshots: readonly (RetainedSnapshot | undefined)[]][] = [
    ['held', all.filter(({ held }) => held)],
    ['newest', sound.slice(0, 1)],
    // It may be all that there is of the last hours.
    ['newest, though suspect', doubtful.slice(0, 1)],
    ['newest verified', [sound.find(({ verified }) => verified)]],
    ['newest complete one of a provider', all.filter(({ lastOn = [] }) => lastOn.length > 0)],
    ['dated after now', future],
    ['date not credible', undated],
  ]
  for (const [reason, snapshots] of protections) {
    for (const snapshot of snapshots) if (snapshot) note(reasons, snapshot.id, reason)
  }
}

function note(reasons: Reasons, id: string, reason: string): void {
  const known = reasons.get(id)
  if (!known) reasons.set(id, [reason])
  else if (!known.includes(reason)) known.push(reason)
}

function split(all: readonly RetainedSnapshot[], reasons: Reasons): Pick<RetentionPlan, 'keep' | 'drop'> {
  const keep: { id: string; reasons: string[] }[] = []
  const drop: { id: string; reason: string }[] = []
  // Only credible snapshots are dropped, and the newest of them never is: each has a newer one that is kept.
  let whyNot = ''
  for (const { id, time } of all) {
    const why = reasons.get(id)
    if (!why) {
      drop.push({ id, reason: whyNot })
      continue
    }
    keep.push({ id, reasons: why })
    if (isValid(time)) whyNot = `no policy keeps it; the next newer one kept: ${id} of ${time.toISOString()}`
  }
  return { keep, drop }
}

function checkClock({ now, zone }: RetentionClock): void {
  if (now instanceof Date && isValid(now)) {
    localTime(zone)
    return
  }
  throw new BackupError('config', 'Retention must know what time it is; clock.now is no valid date.', {
    key: 'clock',
  })
}

function checkIds(snapshots: readonly RetainedSnapshot[]): void {
  const seen = new Set<string>()
  for (const { id } of snapshots) {
    if (!seen.has(id)) {
      seen.add(id)
      continue
    }
    throw new BackupError('config', `Two snapshots have the id ${id}; it is not clear which one to keep.`, {
      key: id,
      hint: 'Hand over every snapshot once.',
    })
  }
}

function keepsNothing(policies: readonly RetentionPolicy[], dropped: number): BackupError {
  const titles = policies.map(({ title }) => `"${title}"`).join(', ')
  return new BackupError(
    'config',
    `None of the policies (${titles}) keeps a single snapshot; ${dropped} would be dropped. This is refused.`,
    { key: 'retention', hint: 'Look for a misspelt tag, or add a policy without an age: keepLast(10).' },
  )
}

function foreignId(policy: RetentionPolicy, id: string): BackupError {
  return new BackupError(
    'permanent',
    `The retention policy "${policy.name}" keeps snapshot ${id}, which it was not given; do not rely on it.`,
    { plugin: policy.name, key: id, hint: 'Run retentionSuite of @backup/core/testing against the policy.' },
  )
}

function isValid(date: Date): boolean {
  return !Number.isNaN(date.getTime())
}
