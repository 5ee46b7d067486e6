import { Cron } from 'croner'
import { BackupError } from '../errors.ts'
import type { Timetable } from './timetable.ts'

export type CalendarTimes = Pick<Timetable, 'next' | 'latest'>

/**
 * The times that a cron expression names on the wall clock of a zone.
 *
 * @throws `config` for an expression that is none, or names days that no calendar has
 */
export function calendarTimes(expression: string, zone: string, option: string): CalendarTimes {
  const cron = parse(expression, zone, option)
  const next = (afterMs: number): number | undefined => cron.nextRun(new Date(afterMs))?.getTime()
  // Croner looks as far as the year 10000, and February has had all its days by then.
  if (next(Date.UTC(2024, 0, 1)) === undefined) {
    throw new BackupError('config', `Option "${option}" names a time that never comes: "${expression}".`, {
      key: option,
      hint: 'Check the day and the month: not every month has 30 or 31 days.',
    })
  }
  return {
    next,
    // The library looks strictly before a whole second.
    latest: (atMs) => cron.previousRuns(1, new Date(Math.floor(atMs / 1_000) * 1_000 + 1_000))[0]?.getTime(),
  }
}

function parse(expression: unknown, zone: string, option: string): Cron {
  try {
    // A date, which the library would take too, happens once and never again.
    if (typeof expression !== 'string' || /^\d{4}-\d/.test(expression)) throw new TypeError('it is not a cron expression')
    return new Cron(expression, { timezone: zone, mode: '5-part', paused: true })
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message.replace(/^CronPattern: /, '') : 'it is not a cron expression'
    throw new BackupError('config', `Option "${option}" must be a cron expression of five fields; found ${JSON.stringify(expression)}: ${problem}`, {
      key: option,
      hint: 'For instance "0 3 * * *" for 03:00 every day: minute, hour, day of the month, month, day of the week.',
      cause,
    })
  }
}
