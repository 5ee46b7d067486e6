import type { Authority } from '../contract/authority.ts'
import type { RunReason } from './job.ts'
import { startOf } from './jitter.ts'
import type { Plan } from './plan.ts'
import type { JobRecord } from './record.ts'
import type { Timetable } from './timetable.ts'

/** A run whose time has come. */
export interface Due {
  readonly plannedMs: number
  readonly reason: RunReason
  readonly attempt: number
  /** Planned times that went by, and the first of them. */
  readonly missed: number
  readonly sinceMs: number
  /** Who asked for it. */
  readonly authority?: Authority
}

/** Whoever is later than this was not there. */
const lateMs = 5 * 60_000
/** A clock that is corrected by less has not been set back. */
const stepBackMs = 10 * 60_000

export function tableOf(plan: Plan, record: JobRecord): Timetable {
  return plan.timetable(plan.adaptive && { intervalMs: intervalOf(plan, record), fromMs: record.servedMs })
}

/** The limits may have changed since it was chosen. */
function intervalOf({ adaptive }: Plan, { interval }: JobRecord): number {
  if (!adaptive) return 0
  return Math.min(adaptive.maxMs, Math.max(adaptive.minMs, interval?.intervalMs ?? adaptive.minMs))
}

/** However many planned times went by, one run makes up for all of them. */
export function dueNow(plan: Plan, job: string, record: JobRecord, nowMs: number): Due | undefined {
  const table = tableOf(plan, record)
  const begin = (plannedMs: number): number => startOf(plannedMs, job, plan.jitterMs, table)
  let planned = table.latest(nowMs)
  if (planned !== undefined && planned > record.servedMs && begin(planned) > nowMs) planned = table.latest(planned - 1)
  if (planned !== undefined && planned > record.servedMs) {
    const late = nowMs - begin(planned) > lateMs ? 1 : 0
    const missed = table.count(record.servedMs, planned) + late
    const sinceMs = table.next(record.servedMs) ?? planned
    return { plannedMs: planned, reason: missed > 0 ? 'missed' : 'due', attempt: 1, missed, sinceMs }
  }
  const { retry } = record
  if (!retry || retry.atMs > nowMs) return undefined
  return { plannedMs: retry.plannedMs, reason: 'retry', attempt: retry.tries + 1, missed: 0, sinceMs: retry.plannedMs }
}

/** When the next run begins; in the past when it is due. */
export function nextStart(plan: Plan, job: string, record: JobRecord): number | undefined {
  const table = tableOf(plan, record)
  const planned = table.next(record.servedMs)
  const start = planned === undefined ? undefined : startOf(planned, job, plan.jitterMs, table)
  const retryMs = record.retry?.atMs
  if (start === undefined || retryMs === undefined) return start ?? retryMs
  return Math.min(start, retryMs)
}

/**
 * What is remembered lies in the future: the clock was set back, or had been wrong. Waiting until it comes there again could take
 * for ever, so the schedule goes on from now.
 */
export function afterStepBack(plan: Plan, record: JobRecord, nowMs: number): JobRecord | undefined {
  if (record.servedMs - nowMs <= Math.min(stepBackMs, gapMs(plan, record, nowMs) / 2)) return undefined
  const { retry: _, ...rest } = record
  return { ...rest, servedMs: nowMs }
}

/** How far apart two runs are planned, about now. */
export function gapMs(plan: Plan, record: JobRecord, nowMs: number): number {
  const table = tableOf(plan, { ...record, servedMs: nowMs })
  const first = table.next(nowMs)
  const second = first === undefined ? undefined : table.next(first)
  return first === undefined || second === undefined ? Infinity : second - first
}
