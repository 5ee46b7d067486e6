import { mustBeAble } from '../access/authorize.ts'
import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import * as schemas from '../schema/jobs.ts'
import { reasonBody } from '../schema/snapshots.ts'
import type { Action } from '../wire/access.ts'
import type { JobJson } from '../wire/jobs.ts'
import { accepted } from './accepted.ts'

/** What is under way, and how to start and end it. */
export const jobRoutes: RoutesNamed<
  | 'GET /jobs'
  | 'GET /jobs/:job'
  | 'POST /jobs/:job/cancel'
  | 'POST /backups'
  | 'POST /verifications'
  | 'POST /scrubs'
  | 'GET /drills'
  | 'POST /drills'
  | 'POST /prunes'
> = {
  'GET /jobs': {
    summary: 'What is under way and what has been, newest first',
    action: 'read',
    query: schemas.jobListQuery,
    answer: { json: schemas.jobList },
    handle: async ({ jobs }, { query }) => ({ jobs: jobs.list(query) }),
  },
  'GET /jobs/:job': {
    summary: 'One job, with its result when it is done',
    action: 'read',
    answer: { json: schemas.job },
    problems: ['unknown'],
    handle: async ({ jobs }, { params }) => jobs.get(params['job']!),
  },
  'POST /jobs/:job/cancel': {
    summary: 'Ask a job to stop; it ends as soon as it can',
    action: 'run',
    answer: { json: schemas.job },
    problems: ['unknown'],
    async handle({ backup, jobs }, { params, caller }) {
      const job = jobs.get(params['job']!)
      mustBeAble(caller, neededFor[job.operation] ?? 'run')
      if (job.state === 'running') backup.cancel(job.id, `cancelled by ${caller.actor}`)
      return job
    },
  },
  'POST /backups': {
    summary: 'Take a snapshot',
    action: 'run',
    body: schemas.backupBody,
    answer: { json: schemas.job },
    status: 202,
    async handle({ backup, jobs, settings }, { request, body, caller: { actor } }) {
      return accepted(settings, jobs.adopt(backup.run(body), { operation: 'backup', actor, request }))
    },
  },
  'POST /verifications': {
    summary: 'Look for damage in all that is stored',
    action: 'run',
    body: schemas.verifyBody,
    answer: { json: schemas.job },
    status: 202,
    async handle({ backup, jobs, settings }, { request, body, caller: { actor } }) {
      const job = jobs.adopt(backup.verify(body), {
        operation: 'verify',
        actor,
        request,
        resultOf: ({ restore: _, ...report }) => ({ of: 'verify', verify: asJson(report) }),
      })
      return accepted(settings, job)
    },
  },
  'POST /scrubs': {
    summary: 'Look for damage in a part of what is stored, and mend it',
    action: 'run',
    body: schemas.scrubBody,
    answer: { json: schemas.job },
    status: 202,
    async handle({ backup, jobs, settings }, { request, body, caller: { actor } }) {
      const job = jobs.adopt(backup.scrub(body), { operation: 'scrub', actor, request, resultOf: (report) => ({ of: 'scrub', scrub: asJson(report) }) })
      return accepted(settings, job)
    },
  },
  'GET /drills': {
    summary: 'Evidence of rehearsed restores, newest first',
    action: 'read',
    query: schemas.drillListQuery,
    answer: { json: schemas.drillList },
    async handle({ backup }, { request, query: { limit = 100 } }) {
      const drills = await backup.drills({ signal: request.signal })
      return { drills: asJson(drills.toReversed().slice(0, limit)) }
    },
  },
  'POST /drills': {
    summary: 'Rehearse a restore, to a private place that is cleared away',
    action: 'run',
    body: schemas.drillBody,
    answer: { json: schemas.job },
    status: 202,
    async handle({ backup, jobs, settings }, { request, body, caller: { actor } }) {
      const { reason } = body
      const job = jobs.adopt(backup.drill({ ...body, actor }), {
        operation: 'drill',
        actor,
        request,
        ...(reason !== undefined && { reason }),
        resultOf: (report) => ({ of: 'drill', drill: asJson(report) }),
      })
      return accepted(settings, job)
    },
  },
  'POST /prunes': {
    summary: 'Apply retention, then reclaim space: what a schedule does',
    action: 'delete',
    body: reasonBody,
    answer: { json: schemas.job },
    status: 202,
    async handle({ backup, jobs, settings }, { request, body: { reason }, caller: { actor } }) {
      const job = jobs.adopt(backup.prune({ actor, reason }), {
        operation: 'collect',
        actor,
        request,
        reason,
        resultOf: (report) => ({ of: 'prune', prune: asJson(report) }),
      })
      return accepted(settings, job)
    },
  },
}

/** Who may not start it may not stop it either. */
const neededFor: { readonly [Operation in JobJson['operation']]?: Action } = {
  restore: 'restore',
  retain: 'delete',
  collect: 'delete',
  keys: 'configure',
}
