import { durationMs } from '../duration.ts'
import type { EverySchedule } from '../schedule.ts'
import { fieldsOf, plainExpressions } from './fields.ts'
import { type OsJob, cannot, checkMachineZone, checkOsJob } from './os-job.ts'

/**
 * Lines for `crontab -e`, one for each time of day, after a comment. Cron catches up nothing, and mails what the command prints.
 *
 * Intervals that divide a day are counted from midnight on the wall clock.
 *
 * @see https://man7.org/linux/man-pages/man5/crontab.5.html
 * @throws `config` for a schedule that cron cannot keep: jitter, another zone, an interval that divides neither an hour nor a day
 */
export function crontabLine(job: OsJob): string {
  checkOsJob(job)
  checkMachineZone(job, 'Cron')
  if (job.schedule.jitter !== undefined) throw cannot('schedule.jitter', 'Cron knows no jitter.', 'Leave it out, or use systemd.')
  const command = job.command.map(shellWord).join(' ')
  const line = job.folder === undefined ? command : `cd ${shellWord(job.folder)} && ${command}`
  const comment = `# ${job.name}${job.description === undefined ? '' : `: ${job.description}`}`
  return `${[comment, ...times(job).map((time) => `${time} ${line}`)].join('\n')}\n`
}

function times({ schedule }: OsJob): string[] {
  if ('every' in schedule) return [evenly(schedule)]
  // Refuses what cron does not know.
  fieldsOf(schedule)
  return plainExpressions(schedule)
}

function evenly({ every, anchor }: EverySchedule): string {
  const minutes = durationMs(every, 'every') / 60_000
  const offset = anchor === undefined ? 0 : Math.floor(Date.parse(anchor) / 60_000)
  const first = (whole: number): number => ((offset % whole) + whole) % whole
  if (minutes === 1) return '* * * * *'
  if (Number.isInteger(minutes) && minutes < 60 && 60 % minutes === 0) {
    const begin = first(minutes)
    return begin === 0 ? `*/${minutes} * * * *` : `${begin}-59/${minutes} * * * *`
  }
  const hours = minutes / 60
  if (hours === 1) return `${first(60)} * * * *`
  if (Number.isInteger(hours) && hours < 24 && 24 % hours === 0) return `${first(60)} */${hours} * * *`
  if (hours === 24) return `${first(60)} 0 * * *`
  throw cannot('schedule.every', `Cron cannot count "${every}".`, 'Use an interval that divides an hour or a day, systemd, or a program that calls tick().')
}

/**
 * For /bin/sh, through cron: a bare `%` would end the command, and some crons take `\\` for one backslash. Hence each backslash that
 * stands before one of these two is closed off by quotes.
 */
function shellWord(text: string): string {
  if (/^[\w/.,:=@+-]+$/.test(text)) return text
  const quoted = `'${text.replaceAll("'", `'"'"'`)}'`
  return quoted.replace(/\\(?=[\\%])/g, `\\''`).replaceAll('%', '\\%')
}
