import { durationMs } from '../duration.ts'
import type { EverySchedule } from '../schedule.ts'
import { type CronFields, eitherDay, fieldsOf } from './fields.ts'
import { type OsJob, cannot, checkMachineZone, checkOsJob } from './os-job.ts'
import { element, xmlText } from './xml.ts'

/** Task Scheduler takes no more. */
const mostTriggers = 48
const longestMs = 31 * 86_400_000
/** Planned times are counted from here; a day that lies in the past for everybody. */
const beginMs = Date.UTC(2026, 0, 1)
const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const monthNames = [
  'January', 'February', 'March', 'April', 'May', 'June',
  'July', 'August', 'September', 'October', 'November', 'December',
]

/**
 * A task for the Task Scheduler of Windows: `Register-ScheduledTask -TaskName NAME -Xml (Get-Content -Raw FILE)`. It runs as whoever
 * registers it. What was missed is caught up once. The text names no encoding; write it as UTF-16 with a byte order mark for `schtasks`.
 *
 * @see https://learn.microsoft.com/en-us/windows/win32/taskschd/task-scheduler-schema
 * @throws `config` for a schedule it cannot keep: another zone, intervals below one minute or beyond 31 days, more than 48 times of day
 */
export function windowsTask(job: OsJob): string {
  checkOsJob(job)
  checkMachineZone(job, 'The Task Scheduler')
  const [program, ...args] = job.command
  const task = element(
    'Task',
    element('RegistrationInfo', element('Description', xmlText(job.description ?? `Backup: ${job.name}`))),
    element('Triggers', ...triggers(job)),
    element(
      'Settings',
      element('MultipleInstancesPolicy', 'IgnoreNew'),
      element('DisallowStartIfOnBatteries', 'false'),
      element('StopIfGoingOnBatteries', 'false'),
      element('StartWhenAvailable', 'true'),
      element('ExecutionTimeLimit', 'PT0S'),
    ),
    element(
      'Actions',
      element(
        'Exec',
        element('Command', xmlText(program)),
        ...(args.length === 0 ? [] : [element('Arguments', xmlText(args.map(windowsWord).join(' ')))]),
        ...(job.folder === undefined ? [] : [element('WorkingDirectory', xmlText(job.folder))]),
      ),
    ),
  )
  const root = '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">'
  return `<?xml version="1.0"?>\n${task.replace('<Task>', root)}\n`
}

function triggers({ schedule }: OsJob): string[] {
  const delay = schedule.jitter === undefined ? [] : [element('RandomDelay', period(durationMs(schedule.jitter, 'jitter')))]
  if ('every' in schedule) return [repeated(schedule, delay)]
  const all = fieldsOf(schedule).flatMap(eitherDay).flatMap((fields) => calendarTriggers(fields, delay))
  if (all.length <= mostTriggers) return all
  throw cannot('schedule', `The Task Scheduler takes ${mostTriggers} times of day, and these are ${all.length}.`, 'Use "every".')
}

function repeated({ every, anchor }: EverySchedule, delay: readonly string[]): string {
  const everyMs = durationMs(every, 'every')
  if (everyMs < 60_000 || everyMs > longestMs) {
    throw cannot('schedule.every', `The Task Scheduler repeats from every minute to every 31 days, not every "${every}".`)
  }
  const anchorMs = anchor === undefined ? 0 : Date.parse(anchor)
  const startMs = beginMs + ((((anchorMs - beginMs) % everyMs) + everyMs) % everyMs)
  return element(
    'TimeTrigger',
    element('Repetition', element('Interval', period(everyMs))),
    element('StartBoundary', `${new Date(startMs).toISOString().slice(0, 19)}Z`),
    element('Enabled', 'true'),
    ...delay,
  )
}

/** One for each time of day. Without an offset, times are those of the wall clock. */
function calendarTriggers(fields: CronFields, delay: readonly string[]): string[] {
  const hours = fields.hours ?? Array.from({ length: 24 }, (_, hour) => hour)
  const minutes = fields.minutes ?? Array.from({ length: 60 }, (_, minute) => minute)
  const days = daysOf(fields)
  return hours.flatMap((hour) =>
    minutes.map((minute) =>
      element('CalendarTrigger', element('StartBoundary', `2026-01-01T${two(hour)}:${two(minute)}:00`), element('Enabled', 'true'), ...delay, days),
    ),
  )
}

function daysOf({ days, months, weekdays }: CronFields): string {
  const named = (list: readonly number[], names: readonly string[], first: number): string[] => list.map((number) => `<${names[number - first]} />`)
  const all = Array.from({ length: 31 }, (_, day) => day + 1)
  const inMonths = element('Months', ...named(months ?? all.slice(0, 12), monthNames, 1))
  if (weekdays && months) {
    const weeks = element('Weeks', ...['1', '2', '3', '4', 'Last'].map((week) => element('Week', week)))
    return element('ScheduleByMonthDayOfWeek', weeks, element('DaysOfWeek', ...named(weekdays, dayNames, 0)), inMonths)
  }
  if (weekdays) return element('ScheduleByWeek', element('WeeksInterval', '1'), element('DaysOfWeek', ...named(weekdays, dayNames, 0)))
  if (!days && !months) return element('ScheduleByDay', element('DaysInterval', '1'))
  return element('ScheduleByMonth', element('DaysOfMonth', ...(days ?? all).map((day) => element('Day', String(day)))), inMonths)
}

/** An ISO 8601 period. */
function period(ms: number): string {
  return `PT${ms / 1_000}S`
}

/**
 * As `CommandLineToArgvW` reads it back: backslashes count only before a quote.
 *
 * @see https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments
 */
function windowsWord(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
