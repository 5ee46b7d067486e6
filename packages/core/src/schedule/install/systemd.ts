import { durationMs } from '../duration.ts'
import type { EverySchedule } from '../schedule.ts'
import { type CronFields, eitherDay, fieldsOf } from './fields.ts'
import { type OsJob, cannot, checkOsJob } from './os-job.ts'

export interface SystemdOptions {
  /** Account that runs it, for units of the system. @default that of the manager: root, or the user */
  readonly user?: string
  /** A file of `NAME=value` lines that only this account can read: the place for secrets. */
  readonly environmentFile?: string
}

const dayMs = 86_400_000
const dayNames = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/**
 * A service and its timer, by the names of their files: for `/etc/systemd/system`, or `~/.config/systemd/user`. Start them with
 * `systemctl enable --now NAME.timer`. What was missed while the machine was off is caught up once, except at intervals that divide
 * neither a day nor a week, which are counted from the start of the machine.
 *
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.timer.html
 * @see https://www.freedesktop.org/software/systemd/man/latest/systemd.time.html
 * @throws `config` for a schedule that systemd cannot keep
 */
export function systemdUnits(job: OsJob, options: SystemdOptions = {}): Record<string, string> {
  checkOsJob(job)
  const { user, environmentFile } = options
  if (user !== undefined && !/^[a-z_][a-z0-9_-]{0,31}$/i.test(user)) throw cannot('user', 'Option "user" must be the name of an account.')
  if (environmentFile !== undefined && !/^\/[^\p{Cc}]*$/u.test(environmentFile)) {
    throw cannot('environmentFile', 'Option "environmentFile" must be a full path.')
  }
  const description = specifiers(job.description ?? `Backup: ${job.name}`)
  const service = [
    '[Unit]',
    `Description=${description}`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${execStart(job.command)}`,
    ...(job.folder === undefined ? [] : [`WorkingDirectory=${specifiers(job.folder)}`]),
    ...(user === undefined ? [] : [`User=${user}`]),
    ...(environmentFile === undefined ? [] : [`EnvironmentFile=${specifiers(environmentFile)}`]),
    'Nice=10',
  ]
  const { jitter } = job.schedule
  const timer = [
    '[Unit]',
    `Description=${description}`,
    '',
    '[Timer]',
    ...times(job),
    'AccuracySec=1s',
    ...(jitter === undefined ? [] : [`RandomizedDelaySec=${durationMs(jitter, 'jitter') / 1_000}s`, 'FixedRandomDelay=true']),
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]
  return { [`${job.name}.service`]: `${service.join('\n')}\n`, [`${job.name}.timer`]: `${timer.join('\n')}\n` }
}

function times({ schedule, zone }: OsJob): string[] {
  if ('every' in schedule) {
    const calendar = evenCalendar(schedule)
    if (calendar) return [`OnCalendar=${calendar}`, 'Persistent=true']
    const seconds = `${durationMs(schedule.every, 'every') / 1_000}s`
    return [`OnActiveSec=${seconds}`, `OnUnitActiveSec=${seconds}`]
  }
  const own = schedule.zone ?? zone
  const lines = fieldsOf(schedule).flatMap(eitherDay).map((fields) => `OnCalendar=${calendarOf(fields)}${own === undefined ? '' : ` ${own}`}`)
  return [...lines, 'Persistent=true']
}

function calendarOf({ minutes, hours, days, months, weekdays }: CronFields): string {
  const list = (numbers: readonly number[] | undefined): string => numbers?.map(two).join(',') ?? '*'
  const week = weekdays ? `${weekdays.map((day) => dayNames[day]).join(',')} ` : ''
  return `${week}*-${list(months)}-${list(days)} ${list(hours)}:${list(minutes)}:00`
}

/** For an interval that divides a minute, an hour, a day or a week: as of its anchor, which is a moment in UTC. */
function evenCalendar({ every, anchor }: EverySchedule): string | undefined {
  const everyMs = durationMs(every, 'every')
  const offset = (((anchor === undefined ? 0 : Date.parse(anchor)) % everyMs) + everyMs) % everyMs
  const [hour, minute, second] = [Math.floor(offset / 3_600_000) % 24, Math.floor(offset / 60_000) % 60, Math.floor(offset / 1_000) % 60]
  const step = (unitMs: number, first: number): string => (everyMs === unitMs ? '*' : `${two(first)}/${everyMs / unitMs}`)
  const divides = (unitMs: number, wholeMs: number): boolean => everyMs % unitMs === 0 && everyMs < wholeMs && wholeMs % everyMs === 0
  if (divides(1_000, 60_000)) return `*-*-* *:*:${step(1_000, second)} UTC`
  if (divides(60_000, 3_600_000)) return `*-*-* *:${step(60_000, minute)}:${two(second)} UTC`
  if (divides(3_600_000, dayMs)) return `*-*-* ${step(3_600_000, hour)}:${two(minute)}:${two(second)} UTC`
  const time = `*-*-* ${two(hour)}:${two(minute)}:${two(second)} UTC`
  if (everyMs === dayMs) return time
  // 1 January 1970 was a Thursday.
  return everyMs === 7 * dayMs ? `${dayNames[(4 + Math.floor(offset / dayMs)) % 7]} ${time}` : undefined
}

/** Quoted as systemd.service(5) has it: `%` and, in arguments, `$` are doubled. */
function execStart([program, ...args]: OsJob['command']): string {
  if (!/^\/[^"'\\]*$/.test(program)) throw cannot('command', 'systemd needs the full path of the program, without quotes and backslashes.')
  return [quoted(specifiers(program)), ...args.map((arg) => quoted(specifiers(arg).replaceAll('$', '$$$$')))].join(' ')
}

function quoted(text: string): string {
  if (/^[\w/.,:=@%+-]+$/.test(text)) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

function specifiers(text: string): string {
  return text.replaceAll('%', '%%')
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
