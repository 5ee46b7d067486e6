import type { SchedulerEvent } from '@backup/core'
import type { LogEntryJson } from '../wire/events.ts'
import { masked } from '../jobs/masked.ts'

type Words = Pick<LogEntryJson, 'level' | 'title' | 'message' | 'action'>
type Told<Type extends SchedulerEvent['type']> = Extract<SchedulerEvent, { type: Type }>

/** What an event of the schedule means to people; nothing where that of its run says all. */
const phrases: { readonly [Type in SchedulerEvent['type']]?: (event: Told<Type>) => Words } = {
  'job-missed': ({ job, count, caughtUp }) => ({
    level: 'warning',
    title: `${job} was missed ${count === 1 ? 'once' : `${count} times`}`,
    message: caughtUp ? 'One run makes up for it.' : '',
    action: 'Keep the program running, and the machine awake.',
  }),
  'job-error': ({ job, error }) => {
    const { message, hint } = masked(error)
    return { level: 'warning', title: `${job} of the schedule failed`, message, action: hint }
  },
  'job-paused': ({ job }) => ({ level: 'warning', title: `The schedule of ${job} is paused`, message: '', action: 'Resume it in time.' }),
  'job-resumed': ({ job }) => ({ level: 'solved', title: `The schedule of ${job} goes on`, message: '', action: '' }),
  'job-warning': ({ job, message }) => ({ level: 'warning', title: `The schedule of ${job} has a problem`, message, action: '' }),
}

export function scheduleNotice(event: SchedulerEvent): Omit<LogEntryJson, 'id'> | undefined {
  const words = (phrases as Record<string, ((event: never) => Words) | undefined>)[event.type]?.(event as never)
  return words && { ...words, at: new Date(event.at).toISOString(), matter: `schedule:${event.job}` }
}
