import { nextStart, tableOf } from './due.ts'
import type { Outcome } from './job.ts'
import type { Schedule } from './schedule.ts'
import type { Slot } from './slot.ts'

/** How it stands with a job. */
export interface JobStatus {
  readonly name: string
  readonly schedule: Schedule
  /** Whether it may remove what was backed up. */
  readonly removes: boolean
  readonly state: 'idle' | 'waiting' | 'running'
  /** Since when it has been running. */
  readonly since?: Date
  readonly next?: Date
  /** Since when its schedule does not start it. */
  readonly pausedSince?: Date
  readonly last?: {
    readonly start: Date
    readonly durationMs: number
    readonly outcome: Outcome
    readonly message?: string
  }
  /** The start of the last run that went well. */
  readonly lastOk?: Date
  /** Runs that failed since the last one that did not. */
  readonly failures: number
  /** Planned times that were missed, ever. */
  readonly missed: number
  /** Of an adaptive schedule: what was chosen, and why. */
  readonly interval?: { readonly intervalMs: number; readonly reason: string }
}

export function statusOf(slot: Slot, nowMs: number): JobStatus {
  const { job, plan, record, pausedMs, queued, current } = slot
  const { last, lastOkMs, failures, missed, interval } = record
  const state = current ? 'running' : queued ? 'waiting' : 'idle'
  // Before it is known what was done, all that can be said is when it comes round.
  const isKnown = record.servedMs > 0
  const nextMs = pausedMs !== undefined ? undefined : state === 'idle' && isKnown ? nextStart(plan, job.name, record) : tableOf(plan, record).next(nowMs)
  return {
    name: job.name,
    schedule: job.schedule,
    removes: job.removes ?? true,
    state,
    ...(current && { since: new Date(current.startMs) }),
    ...(nextMs !== undefined && { next: new Date(nextMs) }),
    ...(pausedMs !== undefined && { pausedSince: new Date(pausedMs) }),
    ...(last && {
      last: {
        start: new Date(last.startMs),
        durationMs: last.durationMs,
        outcome: last.outcome,
        ...(last.message !== undefined && { message: last.message }),
      },
    }),
    ...(lastOkMs !== undefined && { lastOk: new Date(lastOkMs) }),
    failures,
    missed,
    ...(plan.adaptive && interval && { interval }),
  }
}
