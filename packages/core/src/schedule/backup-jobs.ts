import type { Authority } from '../contract/authority.ts'
import { BackupError } from '../errors.ts'
import { didYouMean } from '../nearest.ts'
import type { Job } from './job.ts'
import type { Schedule } from './schedule.ts'

/** What a `Backup` has that can be scheduled. */
export interface Schedulable {
  readonly schedule?: Schedule
  run(request: { readonly kind: 'scheduled'; readonly signal: AbortSignal }): PromiseLike<unknown>
  snapshots(options: { readonly signal: AbortSignal }): PromiseLike<readonly { readonly time: Date; readonly kind: string }[]>
  prune?(authority: ScheduledCall & Authority): PromiseLike<unknown>
  scrub?(request: ScheduledCall): PromiseLike<unknown>
  drill?(request: ScheduledCall & Authority): PromiseLike<unknown>
  /** Health is looked at, and what is new is told. */
  checkHealth?(request: ScheduledCall): PromiseLike<unknown>
}

export interface ScheduledCall {
  readonly signal: AbortSignal
}

/** When each is to be done; what has no schedule is not. */
export interface BackupSchedules {
  /** @default the option `schedule` of the backup */
  readonly backup?: Schedule
  readonly prune?: Schedule
  readonly scrub?: Schedule
  readonly drill?: Schedule
  readonly health?: Schedule
  /** Goes before the names of the jobs, where several backups share a scheduler: `shop-backup`. @default none */
  readonly name?: string
}

type Kind = Exclude<keyof BackupSchedules, 'name'>

/** Backups go first, since all else is about them; a drill can wait. */
const priorities: Readonly<Record<Kind, number>> = { backup: 50, health: 40, prune: 30, scrub: 20, drill: 10 }
const kinds = Object.keys(priorities) as Kind[]
const soon = { times: 2, wait: '5m' } as const

/**
 * The jobs of a backup, for {@link createScheduler}.
 *
 * Where local state is lost, the repository itself says when the last scheduled backup was.
 *
 * @throws `config` for an unknown job, one that the backup cannot do, or no job at all
 * @example
 * ```ts
 * const scheduler = createScheduler({ jobs: backupJobs(backup, { backup: { every: '15m' } }) })
 * ```
 */
export function backupJobs(backup: Schedulable, schedules: BackupSchedules = {}): Job[] {
  for (const kind of Object.keys(schedules)) {
    if (kind === 'name' || (kinds as string[]).includes(kind)) continue
    throw refusal(kind, `There is no job "${kind}".${didYouMean(kind, kinds)}`)
  }
  const wanted = { ...(backup.schedule && { backup: backup.schedule }), ...schedules }
  const jobs = kinds.flatMap((kind) => {
    const schedule = wanted[kind]
    return schedule ? [{ ...workOf(backup, kind), name: nameOf(kind, schedules.name), schedule, priority: priorities[kind] }] : []
  })
  if (jobs.length > 0) return jobs
  throw refusal('schedule', 'Nothing is scheduled: give the backup a "schedule", or name one here.')
}

function workOf(backup: Schedulable, kind: Kind): Pick<Job, 'run' | 'retry' | 'lastRun' | 'changedBytes' | 'removes'> {
  if (kind === 'backup') {
    return {
      removes: false,
      run: ({ signal }) => backup.run({ kind: 'scheduled', signal }),
      retry: soon,
      lastRun: (options) => lastScheduled(backup, options),
      changedBytes: (snapshot) => (snapshot as { readonly freshBytes?: number }).freshBytes,
    }
  }
  const { prune, scrub, drill, checkHealth: health } = backup
  const work = { prune, scrub, drill, health }[kind]
  if (!work) throw refusal(kind, `This backup can do no ${kind}.`)
  const isInTrail = kind === 'prune' || kind === 'drill'
  // The schedule answers for what nobody asked for.
  const own = { actor: 'schedule', reason: `Scheduled ${kind}` }
  return {
    removes: kind === 'prune',
    run: ({ signal, authority = own }) => work.call(backup, { signal, ...(isInTrail && authority) } as never),
    retry: soon,
  }
}

async function lastScheduled(backup: Schedulable, options: ScheduledCall): Promise<Date | undefined> {
  const scheduled = (await backup.snapshots(options)).filter(({ kind }) => kind === 'scheduled')
  return scheduled.map(({ time }) => time).toSorted((a, b) => a.getTime() - b.getTime()).at(-1)
}

function nameOf(kind: Kind, name: string | undefined): string {
  return name === undefined ? kind : `${name}-${kind}`
}

function refusal(key: string, message: string): BackupError {
  return new BackupError('config', message, { key })
}
