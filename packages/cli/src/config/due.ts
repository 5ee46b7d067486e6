import { type StatusRequest, nextRun } from '@backup/core'
import type { Job } from './jobs.ts'

/** What the schedule of a job says about its next backup, for judging whether one is overdue. */
export function dueBy(backup: ReturnType<Job['open']>, now: Date): Pick<StatusRequest, 'every' | 'nextRun'> {
  const { schedule } = backup
  if (!schedule) return {}
  const next = nextRun(schedule, now)
  return { ...('every' in schedule && { every: schedule.every as NonNullable<StatusRequest['every']> }), ...(next && { nextRun: next }) }
}
