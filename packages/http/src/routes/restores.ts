import type { RestorePlan, RestoreReport } from '@backup/core'
import { refuse } from '../problem/refusal.ts'
import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import { job } from '../schema/jobs.ts'
import * as schemas from '../schema/restores.ts'
import type { JobResultJson } from '../wire/jobs.ts'
import { accepted } from './accepted.ts'
import { refuseSuspect } from './refuse-suspect.ts'

/** The way back: a plan, somebody who confirms it, a job. */
export const restoreRoutes: RoutesNamed<'POST /restore-plans' | 'POST /restores'> = {
  'POST /restore-plans': {
    summary: 'What a restore would do; touches nothing',
    action: 'restore',
    body: schemas.restorePlanBody,
    answer: { json: schemas.restorePlan },
    status: 201,
    async handle({ backup, confirmations, settings }, { request, body, caller: { actor } }) {
      const { snapshot, to, only, check = false } = body
      for (const place of to === undefined ? [] : [to].flatMap((given) => (typeof given === 'string' ? given : Object.values(given)))) {
        if (!(await settings.allowPlace?.(place, request))) throw refuse('forbidden', `Nothing may be restored to ${place} from here.`, { key: 'to' })
      }
      const where = { ...(to !== undefined && { to }), ...(only && { only }) }
      const plan = await backup.plan(snapshot, { ...where, overwrite: to === undefined, signal: request.signal })
      const safety = plan.live && (body.safety ?? true)
      const confirmed = { snapshot: plan.snapshot.id, ...where, live: plan.live, safety, check }
      return {
        plan: asJson(plan),
        safety,
        check,
        needsAcceptSuspect: plan.live && plan.snapshot.suspect !== undefined,
        warnings: warningsOf(plan, safety),
        confirm: confirmations.issue('restore', actor, confirmed),
      }
    },
  },
  'POST /restores': {
    summary: 'Do what was planned',
    action: 'restore',
    body: schemas.restoreBody,
    answer: { json: job },
    status: 202,
    problems: ['confirm-stale', 'confirm-used', 'suspect'],
    async handle(services, { request, body: { token, reason, acceptSuspect = false }, caller: { actor } }) {
      const { backup, confirmations, jobs, settings } = services
      const { snapshot, live } = confirmations.look('restore', actor, token)
      if (live && !acceptSuspect) await refuseSuspect(services, snapshot, request.signal)
      return confirmations.carryOut('restore', actor, token, ({ to, only, safety, check }, begun) => {
        const where = { ...(to !== undefined && { to }), ...(only && { only }) }
        const run = backup.restore(snapshot, { ...where, overwrite: to === undefined, check, safety, acceptSuspect, actor, reason })
        begun(run.id)
        return accepted(settings, jobs.adopt(run, { operation: 'restore', actor, reason, request, resultOf }))
      })
    },
  },
}

function resultOf({ safetySnapshot, ...report }: RestoreReport): JobResultJson {
  return { of: 'restore', restore: { ...asJson(report), ...(safetySnapshot !== undefined && { undo: { snapshot: safetySnapshot } }) } }
}

function warningsOf({ fits, live, snapshot: { suspect } }: RestorePlan, safety: boolean): readonly string[] {
  return [
    ...(fits ? [] : ['There is not enough room.']),
    ...(suspect ? [`It is believed to be damaged: ${suspect.join('; ')}`] : []),
    ...(live && !safety ? ['What is there now is not backed up first: this cannot be undone.'] : []),
  ]
}
