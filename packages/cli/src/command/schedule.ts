import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BackupError, type OsJob, crontabLine, launchdPlist, systemdUnits, windowsTask } from '@backup/core'
import { findConfig } from '../config/find-config.ts'
import type { Job } from '../config/jobs.ts'
import { type System, osJobName, systemHere } from '../config/os-schedule.ts'
import { type Command, type CommandContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly for?: System
}

const systemOption = { flags: '--for <system>', meaning: 'whom to tell [what this machine has]', choices: ['systemd', 'cron', 'launchd', 'windows'] }

export const showSchedule: Command = defineCommand<Options>({
  name: 'schedule show',
  summary: 'print what the system needs to start backups by itself',
  options: [systemOption],
  work: { jobs: 'all', run: show },
})

export const installSchedule: Command = defineCommand<Options>({
  name: 'schedule install',
  summary: 'have systemd start backups by itself, for this user; for other systems it says how',
  options: [systemOption],
  work: { jobs: 'all', run: install },
})

async function show(jobs: readonly Job[], context: CommandContext, options: Options): Promise<Outcome> {
  const files = filesOf(jobs, context, options.for ?? systemHere())
  for (const [name, text] of Object.entries(files)) {
    context.out.say(`# ${name}`)
    context.out.say(text)
  }
  return done(files)
}

async function install(jobs: readonly Job[], context: CommandContext, options: Options): Promise<Outcome> {
  const { out, notes } = context
  const system = options.for ?? systemHere()
  const files = filesOf(jobs, context, system)
  if (system !== 'systemd') {
    for (const text of Object.values(files)) out.say(text)
    notes.say(advice[system])
    return done(files)
  }
  const folder = join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'systemd/user')
  for (const name of Object.keys(files)) notes.say(join(folder, name))
  await context.confirm('Write these files and start the timers?')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const timers = Object.keys(files).filter((name) => name.endsWith('.timer'))
  systemctl('daemon-reload')
  systemctl('enable', '--now', ...timers)
  out.good(`Started: ${timers.join(', ')}. "systemctl --user list-timers" shows when they run next.`)
  out.say('So that they also run while you are not signed in: loginctl enable-linger')
  return done({ folder, files: Object.keys(files) })
}

const advice: Readonly<Record<Exclude<System, 'systemd'>, string>> = {
  cron: 'Add this with: crontab -e',
  launchd: 'Save each as a file of its name in ~/Library/LaunchAgents, then: launchctl load <file>',
  windows: 'Save each as a file, then in PowerShell: Register-ScheduledTask -TaskName <name> -Xml (Get-Content -Raw <file>)',
}

function filesOf(jobs: readonly Job[], { shell: { cwd }, global }: CommandContext, system: System): Record<string, string> {
  const config = findConfig(cwd, global.config)
  const folder = dirname(config)
  const osJobs = jobs.flatMap((job): OsJob[] => {
    const schedule = job.open().schedule
    return schedule ? [{ name: osJobName(folder, job), command: commandOf(config, job), folder, schedule }] : []
  })
  if (osJobs.length > 0) return Object.assign({}, ...osJobs.map(writers[system])) as Record<string, string>
  throw new BackupError('config', 'No job of the config has a schedule.', { key: 'schedule', hint: "Add one, for instance schedule: { every: '15m' }." })
}

const writers: Readonly<Record<System, (job: OsJob) => Record<string, string>>> = {
  systemd: (job) => systemdUnits(job),
  cron: (job) => ({ crontab: crontabLine(job) }),
  launchd: (job) => ({ [`${job.name}.plist`]: launchdPlist(job) }),
  windows: (job) => ({ [`${job.name}.xml`]: windowsTask(job) }),
}

/** With full paths: the system starts it with hardly any environment. */
function commandOf(config: string, { name }: Job): [string, ...string[]] {
  const program = fileURLToPath(new URL('../bin.js', import.meta.url))
  return [process.execPath, program, 'run', '--kind', 'scheduled', '--quiet', '--config', config, '--job', name]
}

function systemctl(...args: string[]): void {
  try {
    execFileSync('systemctl', ['--user', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (cause) {
    throw new BackupError('permanent', `systemctl --user ${args.join(' ')} failed: ${String((cause as { stderr?: unknown }).stderr ?? cause).trim()}`, {
      hint: 'The files are written. Start them yourself: systemctl --user enable --now <timer>',
      cause,
    })
  }
}
