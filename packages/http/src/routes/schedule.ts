import { type JobStatus, type Scheduler, nextRuns } from '@backup/core'
import { refuse } from '../problem/refusal.ts'
import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import type { Services } from '../route/services.ts'
import * as schemas from '../schema/schedule.ts'
import type { Action } from '../wire/access.ts'
import type { ScheduledJobJson } from '../wire/schedule.ts'
import { recordDeed, recordIfPossible } from './deeds.ts'

/** When things happen by themselves. */
export const scheduleRoutes: RoutesNamed<
  'GET /schedule' | 'POST /schedule/:job/pause' | 'POST /schedule/:job/resume' | 'POST /schedule/:job/run'
> = {
  'GET /schedule': {
    summary: 'What is scheduled, how it went, and when it comes round next',
    action: 'read',
    query: schemas.scheduleQuery,
    answer: { json: schemas.schedule },
    async handle(services, { query: { runs = 5 } }) {
      const { backup: { settings: { schedule, zone } }, scheduler } = services
      const jobs = scheduler?.status() ?? (schedule ? [{ name: 'backup', schedule, removes: false, state: 'idle', failures: 0, missed: 0 } as const] : [])
      return {
        running: scheduler !== undefined,
        ...(schedule && { schedule: asJson(schedule) }),
        zone,
        jobs: jobs.map((job) => withTimes(services, job, runs)),
      }
    },
  },
  'POST /schedule/:job/pause': {
    summary: 'Keep the schedule from starting a job, until it is resumed',
    action: 'configure',
    body: schemas.scheduledDeedBody,
    answer: { json: schemas.scheduledJob },
    problems: ['unknown'],
    async handle(services, { request, params, body: { reason }, caller: { actor } }) {
      const { scheduler, name, status } = jobOf(services, params['job']!)
      if (!status.pausedSince) await recordDeed(services, { deed: 'schedule-pause', subject: name, actor, reason, request })
      await scheduler.pause(name)
      return shown(services, name)
    },
  },
  'POST /schedule/:job/resume': {
    summary: 'End a pause',
    action: 'configure',
    body: schemas.scheduledDeedBody,
    answer: { json: schemas.scheduledJob },
    problems: ['unknown'],
    async handle(services, { request, params, body: { reason }, caller: { actor } }) {
      const { scheduler, name } = jobOf(services, params['job']!)
      await scheduler.resume(name)
      await recordIfPossible(services, { deed: 'schedule-resume', subject: name, actor, reason, request })
      return shown(services, name)
    },
  },
  'POST /schedule/:job/run': {
    summary: 'Run a job of the schedule now',
    action: 'run',
    actionOf: ({ scheduler }, { job }) => neededFor(scheduler?.status().find(({ name }) => name === job) ?? { removes: false }),
    body: schemas.scheduledDeedBody,
    answer: { json: schemas.scheduledJob },
    status: 202,
    problems: ['unknown', 'reason'],
    async handle(services, { params, body: { reason = '' }, caller: { actor } }) {
      const { scheduler, name, status } = jobOf(services, params['job']!)
      const isSaid = reason.trim() !== ''
      if (neededFor(status) === 'delete' && !isSaid) throw refuse('reason', `Nobody said why "${name}" is to be run: it may remove something.`)
      if (status.state === 'idle') void scheduler.run(name, { actor, ...(isSaid && { reason }) }).catch(() => {})
      return shown(services, name)
    },
  },
}

/** What a job does is done by whoever runs it: who may not remove anything may not have the schedule do it either. */
function neededFor({ removes }: Pick<JobStatus, 'removes'>): Action {
  return removes === false ? 'run' : 'delete'
}

function jobOf({ scheduler }: Services, name: string): { scheduler: Scheduler; name: string; status: JobStatus } {
  const status = scheduler?.status().find((job) => job.name === name)
  if (scheduler && status) return { scheduler, name, status }
  const hint = scheduler ? 'GET schedule lists those there are.' : 'Give the handler the "scheduler" that starts it.'
  throw refuse('unknown', `No job "${name}" is scheduled in this program.`, { key: name, hint })
}

function shown(services: Services, name: string): ScheduledJobJson {
  return withTimes(services, jobOf(services, name).status, 5)
}

function withTimes({ backup, settings }: Services, job: JobStatus, count: number): ScheduledJobJson {
  const { zone } = backup.settings
  const times = job.pausedSince ? [] : nextRuns(job.schedule, settings.clock(), count, { zone, job: job.name })
  const { removes: _, ...status } = job
  return { ...asJson(status), needs: neededFor(job), upcoming: asJson(times) }
}
