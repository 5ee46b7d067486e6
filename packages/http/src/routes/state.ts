import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import { health, status } from '../schema/health.ts'
import { configuration, initResult, session, setup } from '../schema/session.ts'
import { refuse } from '../problem/refusal.ts'
import { actions } from '../access/roles.ts'
import { dueOf } from './due.ts'

/** How it stands. */
export const stateRoutes: RoutesNamed<
  'GET /session' | 'GET /setup' | 'POST /setup' | 'GET /configuration' | 'GET /status' | 'GET /health' | 'GET /metrics'
> = {
  'GET /session': {
    summary: 'Who asks, and what this one may do',
    action: 'read',
    answer: { json: session },
    async handle({ backup, settings: { travel } }, { caller: { actor, can } }) {
      const tables = travel ? (travel.canBringBack ? 'bring-back' : 'look') : 'none'
      return { actor, can: actions.filter((action) => can.has(action)), label: backup.settings.source.label, tables }
    },
  },
  'GET /setup': {
    summary: 'Whether there is a repository, and why not',
    action: 'read',
    answer: { json: setup },
    handle: async ({ backup }, { request }) => asJson(await backup.setup({ signal: request.signal })),
  },
  'POST /setup': {
    summary: 'Make the repository, once; does nothing when there is one',
    action: 'configure',
    answer: { json: initResult },
    async handle({ backup, hub }) {
      const made = await backup.init()
      for (const what of ['setup', 'health', 'providers'] as const) hub.publish({ type: 'changed', what })
      return asJson(made)
    },
  },
  'GET /configuration': {
    summary: 'The configuration, as far as it is no secret',
    action: 'read',
    answer: { json: configuration },
    handle: async ({ backup }) => asJson(backup.settings),
  },
  'GET /status': {
    summary: 'How it stands, in figures',
    action: 'read',
    answer: { json: status },
    handle: async (services, { request }) => asJson(await services.backup.status({ ...dueOf(services), signal: request.signal })),
  },
  'GET /health': {
    summary: 'How it is, why, and what to do',
    action: 'read',
    answer: { json: health },
    handle: async (services, { request }) => asJson(await services.backup.health({ ...dueOf(services), signal: request.signal })),
  },
  'GET /metrics': {
    summary: 'Figures for Prometheus',
    action: 'read',
    answer: { type: 'text/plain', description: 'Text format of Prometheus.' },
    problems: ['unknown'],
    async handle({ settings: { metrics } }) {
      if (!metrics) throw refuse('unknown', 'Nothing is measured here.', { hint: 'Give the handler "metrics".' })
      return new Response(metrics.render(), { headers: { 'content-type': metrics.contentType, 'cache-control': 'no-store' } })
    },
  },
}
