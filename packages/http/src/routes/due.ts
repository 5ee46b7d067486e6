import type { Schedule, StatusRequest } from '@backup/core'
import { nextRun } from '@backup/core'
import type { Services } from '../route/services.ts'

/** What health and status cannot know by themselves: when a backup is due. */
export function dueOf({ backup, scheduler, settings }: Services): Pick<StatusRequest, 'nextRun' | 'every'> {
  const job = scheduler?.status().find(({ name }) => name === 'backup' || name.endsWith('-backup'))
  const schedule = job?.schedule ?? backup.settings.schedule
  const next = job ? job.next : schedule && nextRun(schedule, settings.clock(), { zone: backup.settings.zone })
  return { ...(next && { nextRun: next }), ...(schedule && everyOf(schedule)) }
}

function everyOf(schedule: Schedule): Pick<StatusRequest, 'every'> {
  return 'every' in schedule ? { every: schedule.every } : {}
}
