import { type ThreeTwoOne, threeTwoOneOf } from './conditions/copies.ts'
import type { HealthFacts } from './facts.ts'
import { metricsOf } from './metrics.ts'
import { dayMs } from './reason.ts'
import type { Targets } from './targets.ts'
import { endedBackups, lastBackupAt, lastRestored, lastVerified } from './views.ts'

/** What health was judged by, beside its targets. Plain data; what is not known is absent. */
export interface HealthFigures {
  /** What would be lost now: the age of the newest good backup. */
  readonly rpo: { readonly targetMs: number; readonly measuredMs?: number }
  /** What the last restore or drill took. */
  readonly rto: { readonly targetMs?: number; readonly measuredMs?: number; readonly at?: Date }
  /** When backups began that failed, of the last 30 days and as far as this machine remembers; oldest first. */
  readonly failures: readonly Date[]
  /** Of the backups of the last week, from 0 to 1. */
  readonly successRate?: number
  readonly verified: {
    readonly at?: Date
    /** Snapshots that were looked at lately, as `targets.verify` says, from 0 to 1. */
    readonly share?: number
  }
  readonly threeTwoOne: ThreeTwoOne
}

export function figuresOf(facts: HealthFacts, targets: Targets, now: Date): HealthFigures {
  const last = lastBackupAt(facts, now)
  const restored = lastRestored(facts, now)
  const verifiedAt = lastVerified(facts, now)
  const share = verifiedShare(facts, targets, now)
  const { successRate } = metricsOf(facts.history, now, 7 * dayMs)
  return {
    rpo: { targetMs: targets.rpoMs, ...(last && { measuredMs: Math.max(0, now.getTime() - last.getTime()) }) },
    rto: {
      ...(targets.rtoMs !== undefined && { targetMs: targets.rtoMs }),
      ...(restored && { measuredMs: restored.durationMs, at: new Date(restored.at) }),
    },
    failures: failuresOf(facts, now),
    ...(successRate !== undefined && { successRate }),
    verified: { ...(verifiedAt && { at: verifiedAt }), ...(share !== undefined && { share }) },
    threeTwoOne: threeTwoOneOf(facts),
  }
}

function failuresOf(facts: HealthFacts, now: Date): Date[] {
  const until = now.getTime()
  const failed = endedBackups(facts).filter(({ ok, at }) => !ok && at > until - 30 * dayMs && at <= until)
  return failed.map(({ at }) => new Date(at)).reverse()
}

/** Verification looks at everything there is; drills and scrubs leave their mark on single snapshots. */
function verifiedShare({ snapshots, history }: HealthFacts, { verifyMs }: Targets, now: Date): number | undefined {
  if (snapshots.length === 0) return undefined
  const since = now.getTime() - verifyMs
  const whole = history.findLast(({ operation, ok, at }) => operation === 'verify' && ok && at >= since && at <= now.getTime())
  const covered = snapshots.filter(({ time, verified }) => (verified?.getTime() ?? -Infinity) >= since || time.getTime() <= (whole?.at ?? -Infinity))
  return covered.length / snapshots.length
}
