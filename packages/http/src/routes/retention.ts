import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import { job } from '../schema/jobs.ts'
import * as schemas from '../schema/retention.ts'
import { confirmedBody } from '../schema/snapshots.ts'
import { accepted } from './accepted.ts'
import { policiesOf } from './rules.ts'

/** What is kept, and for how long. */
export const retentionRoutes: RoutesNamed<'POST /retention/preview' | 'POST /retention/plans' | 'POST /retention/apply'> = {
  'POST /retention/preview': {
    summary: 'What policies would keep, now and later; removes nothing',
    action: 'read',
    body: schemas.retentionPreviewBody,
    answer: { json: schemas.retentionPreview },
    async handle({ backup, settings }, { request, body: { rules, at } }) {
      const policies = rules && policiesOf(rules)
      const times = at?.map((time) => new Date(time)) ?? [settings.clock()]
      const plans = await backup.retentionForecast({ at: times, ...(policies && { retention: policies }), signal: request.signal })
      const steps = plans.map((plan, n) => ({ at: times[n]!.toISOString(), ...plan }))
      return {
        policies: policies?.map(({ title }) => title) ?? backup.settings.retention,
        steps,
        ends: steps.flatMap(({ at: time, drop }) => drop.map(({ id, reason }) => ({ id, at: time, reason }))),
      }
    },
  },
  'POST /retention/plans': {
    summary: 'A plan to apply the policies of the configuration',
    action: 'delete',
    answer: { json: schemas.retentionApplyPlan },
    status: 201,
    async handle({ backup, confirmations }, { request, caller: { actor } }) {
      const plan = await backup.retentionPlan({ signal: request.signal })
      const confirm = confirmations.issue('retention', actor, { plan })
      return { plan: asJson(plan), undoMs: backup.settings.collection.undoMs, confirm }
    },
  },
  'POST /retention/apply': {
    summary: 'Move what a plan drops into the trash',
    action: 'delete',
    body: confirmedBody,
    answer: { json: job },
    status: 202,
    problems: ['confirm-stale', 'confirm-used'],
    async handle({ backup, confirmations, jobs, settings }, { request, body: { token, reason }, caller: { actor } }) {
      return confirmations.carryOut('retention', actor, token, ({ plan }, begun) => {
        const run = backup.retain(plan, { actor, reason })
        begun(run.id)
        return accepted(settings, jobs.adopt(run, { operation: 'retain', actor, reason, request, resultOf: (report) => ({ of: 'retain', retain: asJson(report) }) }))
      })
    },
  },
}
