import type { SnapshotJson } from '@backup/client'

export interface Day {
  /** In the zone of who looks: `2026-03-29`. */
  readonly key: string
  readonly startMs: number
  readonly snapshots: number
  readonly state: 'good' | 'failed' | 'suspect' | 'overdue' | 'quiet' | 'none'
}

export interface DayFacts {
  readonly snapshots: readonly Pick<SnapshotJson, 'time' | 'suspect'>[]
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
export function daysOf({ snapshots, failures, targetMs, nowMs, days }: DayFacts): Day[] {
  const taken = snapshots.map(({ time, suspect }) => ({ atMs: Date.parse(time), isSuspect: suspect !== undefined }))
  const times = taken.map(({ atMs }) => atMs).filter((atMs) => atMs <= nowMs).sort((a, b) => a - b)
  const failedAt = failures.map((time) => Date.parse(time))
  const first = times[0]
  return Array.from({ length: days }, (_, at): Day => {
    const start = new Date(nowMs)
    start.setHours(0, 0, 0, 0)
    start.setDate(start.getDate() - (days - 1 - at))
    const startMs = start.getTime()
    const end = new Date(start)
    end.setDate(end.getDate() + 1)
    const endMs = Math.min(end.getTime(), nowMs)
    const isHere = (atMs: number): boolean => atMs >= startMs && atMs < end.getTime()
    const here = taken.filter(({ atMs }) => isHere(atMs))
    const failed = failedAt.some(isHere)
    const last = times.findLast((time) => time < endMs)
    const isToday = end.getTime() > nowMs
    const isOverdue = last !== undefined && endMs - last > (isToday ? targetMs : Math.max(targetMs, dayMs))
    return { key: dayKey(startMs), startMs, snapshots: here.length, state: stateOf() }

    function stateOf(): Day['state'] {
      if (here.some(({ isSuspect }) => isSuspect)) return 'suspect'
      if (isToday && isOverdue) return 'overdue'
      if (failed) return 'failed'
      if (here.length > 0) return 'good'
      if (first === undefined || end.getTime() <= first) return 'none'
      return isOverdue ? 'overdue' : 'quiet'
    }
  })
}

export function dayKey(time: string | number): string {
  const date = new Date(time)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}
