import { durationText } from '../../track/words.ts'
import type { HealthFacts } from '../facts.ts'
import { type Condition, dayMs, when } from '../reason.ts'
import { lastRestored, lastVerified, pastSnapshots } from '../views.ts'

/** When something is asked for the first time: from the oldest snapshot on. */
function beginning(facts: HealthFacts, now: Date): Date | undefined {
  return pastSnapshots(facts, now).at(-1)?.time
}

/** Nobody has looked for damage for too long. */
export const verifyOverdue: Condition = (facts, { verifyMs }, now) => {
  const last = lastVerified(facts, now)
  const from = last ?? beginning(facts, now)
  return when(from !== undefined && now.getTime() - from.getTime() > verifyMs, () => ({
    id: 'verify-overdue',
    severity: 'warning',
    title: last ? `Not verified for ${durationText(now.getTime() - last.getTime())}` : 'Never verified',
    message: `Whether the backups are whole is to be looked at every ${durationText(verifyMs)}.`,
    action: 'Run verify() with depth "hash" or "data", or scrub() on a schedule.',
    since: new Date(from!.getTime() + verifyMs),
  }))
}

/** A backup that was never restored is a hope. */
export const drillOverdue: Condition = (facts, { drillMs }, now) => {
  const last = lastRestored(facts, now)
  const from = last ? new Date(last.at) : beginning(facts, now)
  return when(from !== undefined && now.getTime() - from.getTime() > drillMs, () => ({
    id: 'drill-overdue',
    severity: 'warning',
    title: last ? `No restore tried for ${durationText(now.getTime() - last.at)}` : 'No restore was ever tried',
    message: `A restore is to be tried every ${durationText(drillMs)}.`,
    action: 'Run a drill, or restore to a new place and look at the result.',
    since: new Date(from!.getTime() + drillMs),
  }))
}

/** The recovery time objective is missed. */
export const restoreSlow: Condition = (facts, { rtoMs }, now) => {
  const last = lastRestored(facts, now)
  return when(rtoMs !== undefined && last !== undefined && last.durationMs > rtoMs, () => ({
    id: 'restore-slow',
    severity: 'warning',
    title: `A restore took ${durationText(last!.durationMs)}`,
    message: `It is to take ${durationText(rtoMs!)} at most.`,
    action: 'Add a provider that is nearby or faster: restores read from the quickest.',
    since: new Date(last!.at),
  }))
}

/** More snapshots than the policy keeps, for longer than they should be. */
export const retentionLate: Condition = (facts, { retentionMs }, now) => {
  const excess = facts.retention?.drop.length ?? 0
  const applied = facts.history.findLast(({ operation, ok }) => ok && operation === 'retain')
  const from = applied ? new Date(applied.at) : beginning(facts, now)
  return when(excess > 0 && from !== undefined && now.getTime() - from.getTime() > retentionMs, () => ({
    id: 'retention-late',
    severity: 'warning',
    title: excess === 1 ? 'A snapshot is there that the policy does not keep' : `${excess} snapshots are there that the policy does not keep`,
    message: applied ? `Retention ran last on ${new Date(applied.at).toISOString().slice(0, 10)}.` : 'Retention has not run from here.',
    action: 'Let a schedule apply it, or look at what it would do with retentionPlan(). Snapshots under hold are not counted.',
    patienceMs: dayMs,
  }))
}
