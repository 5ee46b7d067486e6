import { median } from '../keep/median.ts'
import type { RunEntry } from './history.ts'

/** Backups of some time. Those that were cancelled count neither as good nor as failed. */
export interface RunMetrics {
  /** Ended, well or not. */
  readonly runs: number
  readonly failures: number
  readonly cancelled: number
  /** From 0 to 1; absent without runs. */
  readonly successRate?: number
  /** Size of the source, summed over the good runs. */
  readonly sourceBytes: number
  /** What they added to the repository. */
  readonly storedBytes: number
  readonly retries: number
  readonly warnings: number
  /** Of the good runs; absent without any. */
  readonly duration?: { readonly averageMs: number; readonly medianMs: number; readonly p95Ms: number }
  /** Source bytes that the good runs dealt with in a second. */
  readonly bytesPerSecond: number
}

/** @param windowMs how far back from `now` on; what is dated later does not count */
export function metricsOf(entries: readonly RunEntry[], now: Date, windowMs: number): RunMetrics {
  const until = now.getTime()
  const lately = entries.filter(({ operation, at }) => operation === 'backup' && at > until - windowMs && at <= until)
  const cancelled = lately.filter(isCancelled).length
  const good = lately.filter(({ ok }) => ok)
  const runs = lately.length - cancelled
  const durations = good.map(({ durationMs }) => durationMs)
  const totalMs = sum(durations)
  const sourceBytes = sum(good.map(({ bytes }) => bytes))
  return {
    runs,
    failures: runs - good.length,
    cancelled,
    ...(runs > 0 && { successRate: good.length / runs }),
    sourceBytes,
    storedBytes: sum(good.map(({ stored }) => stored)),
    retries: sum(lately.map(({ retries }) => retries)),
    warnings: sum(lately.map(({ warnings }) => warnings)),
    ...(good.length > 0 && {
      duration: { averageMs: Math.round(totalMs / good.length), medianMs: Math.round(median(durations)), p95Ms: percentile(durations, 0.95) },
    }),
    bytesPerSecond: totalMs > 0 ? Math.round((sourceBytes / totalMs) * 1000) : 0,
  }
}

/** Nobody's fault: it says nothing about whether backups work. */
export function isCancelled({ error }: RunEntry): boolean {
  return error?.kind === 'cancelled'
}

/** The smallest value that is not below so many of the others (nearest rank). */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
