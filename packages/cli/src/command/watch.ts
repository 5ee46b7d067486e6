import { type BackupSchedules, BackupError, type Job as ScheduledJob, type Schedule, type SchedulerEvent, backupJobs, createScheduler } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { createHash } from 'node:crypto'
import { dueBy } from '../config/due.ts'
import { type Job, defaultJob } from '../config/jobs.ts'
import { durationText, timeText } from '../terminal/amounts.ts'
import { type Command, type CommandContext, type Outcome, defineCommand, done } from './command.ts'

interface Options {
  readonly once?: boolean
  readonly only?: 'backup'
}

export const watch: Command = defineCommand<Options>({
  name: 'watch',
  summary: 'stay, and do everything when its time has come: backups, pruning, scrubs, drills, health',
  options: [
    { flags: '--once', meaning: 'do what is due now, and end: for programs that are started from outside' },
    { flags: '--only <what>', meaning: 'leave everything else to others', choices: ['backup'] },
  ],
  work: { jobs: 'all', run: stay },
})

/** What the config does not say and years need: when nobody is there, and never two at a time. */
const upkeep: Readonly<Record<'prune' | 'scrub' | 'drill', Schedule>> = {
  prune: { daily: '04:00', jitter: '30m' },
  scrub: { daily: '05:00', jitter: '30m' },
  drill: { cron: '0 6 1 * *', jitter: '30m' },
}

async function stay(jobs: readonly Job[], context: CommandContext, { once = false, only }: Options): Promise<Outcome> {
  const { shell: { cwd, signal, now }, global, notes } = context
  const backups = jobs.map((job) => ({ job, backup: job.open() }))
  try {
    const scheduled = backups.flatMap(({ job, backup }) => scheduledJobs(job, backup, only))
    if (scheduled.length === 0) {
      throw new BackupError('config', 'No job of the config has a schedule.', { key: 'schedule', hint: "Add one, for instance schedule: { every: '15m' }." })
    }
    const scheduler = createScheduler({
      jobs: scheduled,
      // One memory for one config, whoever starts it.
      state: await nodeRuntime.openState(`watch-${createHash('sha256').update(global.config ?? cwd).digest('hex').slice(0, 16)}`, jobs[0]?.config?.state),
      onEvent: (event) => tell(context, event),
    })
    if (once) {
      const { ran, next } = await scheduler.tick()
      if (ran.length === 0) notes.say(`Nothing is due${next ? ` before ${timeText(next)}` : ''}.`)
      return done({ ran: ran.map(({ job, outcome, durationMs }) => ({ job, outcome, durationMs })), next })
    }
    await scheduler.start()
    for (const { name, next } of scheduler.status()) if (next) notes.say(`${name}: next ${timeText(next)}`)
    const watching = backups.map(({ backup }) => watchHealth(backup, now(), signal))
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    await scheduler.stop({ cancel: true })
    await Promise.all(watching)
    return done()
  } finally {
    for (const { backup } of backups) await backup.close()
  }
}

type OpenBackup = ReturnType<Job['open']>

function scheduledJobs({ name, config }: Job, backup: OpenBackup, only: Options['only']): ScheduledJob[] {
  if (!backup.schedule) return []
  const hasRetention = config === undefined || [config.retention ?? []].flat().length > 0
  const { prune, scrub, drill } = upkeep
  const schedules: BackupSchedules = {
    ...(only === undefined && { scrub, drill, ...(hasRetention && { prune }) }),
    ...(name !== defaultJob && { name }),
  }
  return backupJobs(backup, schedules)
}

/** Health is looked at all the time, and whoever is to be told is told. */
async function watchHealth(backup: OpenBackup, now: Date, signal: AbortSignal): Promise<void> {
  // Not when the next one is due: that moves on.
  const { every } = dueBy(backup, now)
  await backup.watch({ signal, ...(every !== undefined && { every }) })
}

function tell({ notes, shell, global }: CommandContext, event: SchedulerEvent): void {
  if (global.json || global.jsonEvents) shell.stdout.write(`${JSON.stringify(event)}\n`)
  const line = `${timeText(new Date(event.at))} ${event.job}`
  if (event.type === 'job-start') notes.say(`${line} begins`)
  if (event.type === 'job-end') notes.good(`${line} is done, in ${durationText(event.durationMs)}`)
  if (event.type === 'job-error') notes.bad(`${line} failed: ${event.error.message} ${event.error.hint}${event.retryAt ? ` Next try: ${timeText(new Date(event.retryAt))}.` : ''}`)
  if (event.type === 'job-missed') notes.warn(`${line} was missed ${event.count} times since ${timeText(new Date(event.since))}${event.caughtUp ? ', and is made up for now' : ''}`)
  if (event.type === 'job-warning') notes.warn(`${line}: ${event.message}`)
}
