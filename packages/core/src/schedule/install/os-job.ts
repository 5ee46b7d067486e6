import { BackupError } from '../../errors.ts'
import { planOf, systemZone } from '../plan.ts'
import type { Schedule } from '../schedule.ts'

/** A command that the operating system is to start. */
export interface OsJob {
  /** Lower case letters, digits, `.`, `_` and `-`, at most 50: files and tasks are named for it. */
  readonly name: string
  /** One line for people. */
  readonly description?: string
  /** The program, with its full path, and its arguments as they are: they are escaped here. No secrets: everybody on the machine sees them. */
  readonly command: readonly [string, ...string[]]
  /** Where it is started, with its full path. */
  readonly folder?: string
  readonly schedule: Schedule
  /** IANA zone of the machine that will run it. @default that of this one */
  readonly zone?: string
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,49}$/
// oxlint-disable-next-line no-control-regex -- these are what is looked for
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/

/**
 * Refuses what no file of an operating system can hold, and schedules that it could not keep.
 *
 * @throws `config`
 */
export function checkOsJob(job: OsJob): void {
  if (typeof job.name !== 'string' || !namePattern.test(job.name)) {
    throw cannot('name', `Option "name" must be 1 to 50 lower case letters, digits, ".", "_" or "-", not ${JSON.stringify(job.name)}.`)
  }
  if (!Array.isArray(job.command) || job.command.length === 0 || job.command[0] === '') {
    throw cannot('command', 'Option "command" must be a program and its arguments.')
  }
  for (const text of [...job.command, job.folder ?? '', job.description ?? '']) {
    if (typeof text === 'string' && !control.test(text) && !lone.test(text)) continue
    throw cannot('command', 'A command, folder or description must be text without line breaks and control characters.')
  }
  const { adaptive } = planOf(job.schedule, job.zone)
  if (adaptive) {
    throw cannot('schedule', 'An operating system cannot tell how often makes sense.', 'Have it start a program that calls tick(), as often as "min" says.')
  }
}

/** Where the timer counts in the zone of the machine, and knows no other. */
export function checkMachineZone({ schedule, zone = systemZone() }: OsJob, what: string): void {
  if ('every' in schedule || schedule.zone === undefined || schedule.zone === zone) return
  throw cannot('schedule.zone', `${what} counts in the zone of the machine, ${zone}, and not in ${schedule.zone}.`, 'Use systemd, or a program that calls tick().')
}

export function cannot(key: string, message: string, hint?: string): BackupError {
  return new BackupError('config', message, { key, ...(hint !== undefined && { hint }) })
}
