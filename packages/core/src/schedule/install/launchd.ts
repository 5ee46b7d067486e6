import { durationMs } from '../duration.ts'
import { type CronFields, eitherDay, fieldsOf } from './fields.ts'
import { type OsJob, cannot, checkMachineZone, checkOsJob } from './os-job.ts'
import { element, xmlText } from './xml.ts'

const mostTimes = 500

/**
 * A property list for `~/Library/LaunchAgents/NAME.plist`, or `/Library/LaunchDaemons`; start it with
 * `launchctl bootstrap gui/$UID FILE`. What was missed while the machine slept is caught up once, not what was missed while it was off.
 * Intervals are counted from when it was loaded.
 *
 * @see https://keith.github.io/xcode-man-pages/launchd.plist.5.html
 * @throws `config` for a schedule that launchd cannot keep: jitter, another zone, more than 500 times of day
 */
export function launchdPlist(job: OsJob): string {
  checkOsJob(job)
  checkMachineZone(job, 'launchd')
  if (job.schedule.jitter !== undefined) throw cannot('schedule.jitter', 'launchd knows no jitter.', 'Leave it out.')
  const string = (text: string): string => element('string', xmlText(text))
  const dict = element(
    'dict',
    '<key>Label</key>', string(job.name),
    '<key>ProgramArguments</key>', element('array', ...job.command.map(string)),
    ...(job.folder === undefined ? [] : ['<key>WorkingDirectory</key>', string(job.folder)]),
    '<key>ProcessType</key>', string('Background'),
    ...times(job),
  )
  const type = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'
  return `<?xml version="1.0" encoding="UTF-8"?>\n${type}\n<plist version="1.0">\n${dict}\n</plist>\n`
}

function times({ schedule }: OsJob): string[] {
  if ('every' in schedule) {
    if (schedule.anchor !== undefined) throw cannot('schedule.anchor', 'launchd counts from when it was loaded.', 'Leave it out, or use "cron".')
    return ['<key>StartInterval</key>', element('integer', String(Math.ceil(durationMs(schedule.every, 'every') / 1_000)))]
  }
  const moments = fieldsOf(schedule).flatMap(eitherDay).flatMap(momentsOf)
  if (moments.length > mostTimes) {
    throw cannot('schedule', `launchd would need ${moments.length} entries, and ${mostTimes} are the most that make sense.`, 'Use "every".')
  }
  const entry = (moment: Moment): string =>
    element('dict', ...Object.entries(moment).flatMap(([key, value]) => [`<key>${key}</key>`, element('integer', String(value))]))
  return ['<key>StartCalendarInterval</key>', element('array', ...moments.map(entry))]
}

type Moment = Readonly<Record<string, number>>

/** What is absent stands for all. */
function momentsOf({ minutes, hours, days, months, weekdays }: CronFields): Moment[] {
  const fields = { Month: months, Day: days, Weekday: weekdays, Hour: hours, Minute: minutes }
  let moments: Moment[] = [{}]
  for (const [key, numbers] of Object.entries(fields)) {
    if (numbers) moments = moments.flatMap((moment) => numbers.map((number) => ({ ...moment, [key]: number })))
  }
  return moments
}
