import type { SnapshotJson } from '@backup/client'

export interface Day {
  /** In the zone of who looks: `2026-03-29`. */
  readonly key: string
  readonly startMs: number
  readonly snapshots: number
  readonly state: 'good' | 'failed' | 'suspect' | 'overdue' | 'quiet' | 'none' | 'unlisted'
}

export interface DayFacts {
  readonly snapshots: readonly Pick<SnapshotJson, 'time' | 'suspect'>[]
  /** There are older ones than these: of days before them nothing is known. */
  readonly hasOlder: boolean
  /** When backups began that failed. */
  readonly failures: readonly string[]
  /** So much may be lost: the age from which on a backup is overdue. */
  readonly targetMs: number
  readonly nowMs: number
  readonly days: number
}

const dayMs = 86_400_000

/**
 * How each of the last days went, the oldest first.
 *
 * Retention thins out what is older than a day or two, so of days gone by a gap is a gap only when nothing is left of a whole day.
 */
export function daysOf({ snapshots, hasOlder, failures, targetMs, nowMs, days }: DayFacts): Day[] {
  const taken = snapshots.map(({ time, suspect }) => ({ atMs: Date.parse(time), isSuspect: suspect !== undefined })).sort((a, b) => a.atMs - b.atMs)
  const failedAt = failures.map((time) => Date.parse(time))
  const firstMs = taken[0]?.atMs ?? Infinity
  let [next, lastMs] = [0, Infinity]
  return Array.from({ length: days }, (_, at): Day => {
    const [startMs, endMs] = [midnight(nowMs, days - 1 - at), midnight(nowMs, days - 2 - at)]
    const untilMs = Math.min(endMs, nowMs)
    let [count, isSuspect] = [0, false]
    for (; next < taken.length && taken[next]!.atMs < endMs; next++) {
      const one = taken[next]!
      if (one.atMs < untilMs) lastMs = one.atMs
      if (one.atMs < startMs) continue
      count++
      isSuspect ||= one.isSuspect
    }
    const failed = failedAt.some((atMs) => atMs >= startMs && atMs < endMs)
    const isToday = endMs > nowMs
    const isOverdue = untilMs - lastMs > (isToday ? targetMs : Math.max(targetMs, dayMs))
    return { key: dayKey(startMs), startMs, snapshots: count, state: stateOf() }

    function stateOf(): Day['state'] {
      if (isSuspect) return 'suspect'
      if (isToday && isOverdue) return 'overdue'
      if (failed) return 'failed'
      if (count > 0) return 'good'
      if (endMs <= firstMs) return hasOlder ? 'unlisted' : 'none'
      return isOverdue ? 'overdue' : 'quiet'
    }
  })
}

/** The beginning of a day so many days before that of now, however long the days between them were. */
function midnight(nowMs: number, daysBefore: number): number {
  const date = new Date(nowMs)
  date.setHours(0, 0, 0, 0)
  return date.setDate(date.getDate() - daysBefore)
}

export function dayKey(time: string | number): string {
  const date = new Date(time)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}
