import type { Usage } from '../contract/provider.ts'
import type { Failure } from '../events.ts'
import type { HealthFacts } from './facts.ts'
import { forecastOf, sourceTrend, storedTrend } from './growth.ts'
import type { RunEntry } from './history.ts'
import { type RunMetrics, isCancelled, metricsOf } from './metrics.ts'
import { dayMs } from './reason.ts'
import type { Running } from './recorder.ts'
import type { Trend } from './trend.ts'
import { lastBackupAt, newestGood, pastSnapshots, usedShare } from './views.ts'

/** How it stands, in figures. Nothing in it is judged: `health()` does that. Plain data. */
export interface BackupStatus {
  readonly label: string
  /** What is under way in this process. */
  readonly running?: Running
  /** The last backup that ended, well or not, as far as this machine remembers. */
  readonly lastRun?: LastRun
  /** The newest backup that can be relied on, whoever made it. */
  readonly lastBackup?: { readonly id?: string; readonly at: Date }
  readonly nextRun?: Date
  readonly snapshots: number
  /** Of the newest snapshot: what a restore brings back. */
  readonly sourceBytes: number
  /** What the repository takes with each provider, compressed and encrypted. */
  readonly storedBytes: number
  /** Objects of the repository with each provider: packs and commits. */
  readonly objects: number
  readonly providers: readonly ProviderStatus[]
  readonly day: RunMetrics
  readonly week: RunMetrics
  readonly month: RunMetrics
  /** How the source grows, over 60 days; absent before there are three. */
  readonly sourceTrend?: Trend
  readonly storedTrend?: Trend
}

export interface LastRun {
  readonly at: Date
  readonly durationMs: number
  readonly ok: boolean
  readonly error?: { readonly kind: string; readonly message: string }
}

export interface ProviderStatus {
  readonly location: string
  readonly name: string
  /** Snapshots that it alone can restore. */
  readonly snapshots: number
  /** Objects that it does not have yet, or still has. */
  readonly waiting: number
  readonly problem?: Failure
  /** As the provider tells it: of the account or disk, with all that others keep there. */
  readonly usage?: Usage
  /** From 0 to 1. */
  readonly usedShare?: number
  /** At the rate of late; absent where that is not in sight. */
  readonly fullAt?: Date
}

export function statusOf(facts: HealthFacts, now: Date): BackupStatus {
  const { label, running, nextRun, history, snapshots, stored } = facts
  const last = history.findLast((entry) => entry.operation === 'backup' && !isCancelled(entry))
  const good = newestGood(facts, now)
  const lastAt = lastBackupAt(facts, now)
  const runs = withSnapshots(facts)
  const growth = sourceTrend(facts, now)
  const storing = storedTrend(facts, now)
  return {
    label,
    ...(running && { running }),
    ...(last && { lastRun: lastRunOf(last) }),
    ...(lastAt && { lastBackup: { ...(good && { id: good.id }), at: lastAt } }),
    ...(nextRun && { nextRun }),
    snapshots: snapshots.length,
    sourceBytes: pastSnapshots(facts, now)[0]?.sizeBytes ?? 0,
    storedBytes: stored.bytes,
    objects: stored.objects,
    providers: providersOf(facts, now),
    day: metricsOf(runs, now, dayMs),
    week: metricsOf(runs, now, 7 * dayMs),
    month: metricsOf(runs, now, 30 * dayMs),
    ...(growth && { sourceTrend: growth }),
    ...(storing && { storedTrend: storing }),
  }
}

function lastRunOf({ at, durationMs, ok, error }: RunEntry): LastRun {
  return { at: new Date(at), durationMs, ok, ...(error && { error }) }
}

/** Runs from before this machine's memory begins, as far as their snapshots are still there: all of them went well. */
export function withSnapshots({ history, snapshots }: HealthFacts): RunEntry[] {
  const begins = history.find(({ operation }) => operation === 'backup')?.at ?? Infinity
  const older = snapshots.filter(({ time }) => time.getTime() < begins)
  const made = older.map(({ time, durationMs, sizeBytes, storedBytes }): RunEntry => {
    return { operation: 'backup', at: time.getTime(), durationMs, ok: true, bytes: sizeBytes, stored: storedBytes, retries: 0, warnings: 0 }
  })
  return [...made, ...history]
}

function providersOf(facts: HealthFacts, now: Date): ProviderStatus[] {
  return facts.providers.map((provider) => {
    const { location, name, waiting, problem, usage } = provider
    const whole = facts.snapshots.filter(({ copies }) => copies.some((copy) => copy.location === location && copy.state === 'committed'))
    const share = usedShare(provider)
    const full = forecastOf(facts, provider, now)
    return {
      location,
      name,
      snapshots: whole.length,
      waiting,
      ...(problem && { problem }),
      ...(usage && { usage }),
      ...(share !== undefined && { usedShare: share }),
      ...(full && { fullAt: full }),
    }
  })
}
