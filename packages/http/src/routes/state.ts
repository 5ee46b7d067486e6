import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import { health, status } from '../schema/health.ts'
import type { Services } from '../route/services.ts'
import { codeNotedBody, configuration, initResult, newRecoveryCode, session, setup } from '../schema/session.ts'
import { reasonBody } from '../schema/snapshots.ts'
import type { SetupJson } from '../wire/setup.ts'
import { refuse } from '../problem/refusal.ts'
import { actions } from '../access/roles.ts'
import { dueOf } from './due.ts'

/** How it stands. */
export const stateRoutes: RoutesNamed<
  | 'GET /session'
  | 'GET /setup'
  | 'POST /setup'
  | 'POST /setup/noted'
  | 'POST /keys/recovery-code'
  | 'GET /configuration'
  | 'GET /status'
  | 'GET /health'
  | 'GET /metrics'
> = {
  'GET /session': {
    summary: 'Who asks, and what this one may do',
    action: 'read',
    answer: { json: session },
    async handle({ backup, settings: { travel, allowPlace } }, { caller: { actor, can } }) {
      const tables = travel ? (travel.canBringBack ? 'bring-back' : 'look') : 'none'
      return { actor, can: actions.filter((action) => can.has(action)), label: backup.settings.source.label, tables, places: allowPlace !== undefined }
    },
  },
  'GET /setup': {
    summary: 'Whether there is a repository, and why not',
    action: 'read',
    answer: { json: setup },
    handle: (services, { request }) => setupOf(services, request),
  },
  'POST /setup': {
    summary: 'Make the repository, once; when there is one, only show the recovery code that nobody has noted yet',
    action: 'configure',
    answer: { json: initResult },
    async handle({ backup, hub, codeToNote }) {
      const made = await backup.init()
      if (made.recoveryCode !== undefined) codeToNote.keep(made.recoveryCode)
      for (const what of ['setup', 'health', 'providers'] as const) hub.publish({ type: 'changed', what })
      const code = codeToNote.waiting()
      return asJson({ ...made, ...(code !== undefined && { recoveryCode: code }) })
    },
  },
  'POST /setup/noted': {
    summary: 'Say that the recovery code is on paper: it is forgotten here',
    action: 'configure',
    body: codeNotedBody,
    answer: { json: setup },
    problems: ['confirm-stale'],
    async handle(services, { request, body: { recoveryCode } }) {
      const { codeToNote, hub } = services
      if (!codeToNote.noted(recoveryCode)) throw refuse('confirm-stale', 'There is a newer recovery code.', { hint: 'Look at that one, and note it instead.' })
      hub.publish({ type: 'changed', what: 'setup' })
      return setupOf(services, request)
    },
  },
  'POST /keys/recovery-code': {
    summary: 'Make a new recovery code; older ones stop working',
    action: 'configure',
    body: reasonBody,
    answer: { json: newRecoveryCode },
    status: 201,
    async handle({ backup, hub, codeToNote }, { body: { reason }, caller: { actor } }) {
      const { recoveryCode } = await backup.keys.renewRecoveryCode({ actor, reason })
      codeToNote.keep(recoveryCode)
      hub.publish({ type: 'changed', what: 'setup' })
      return { recoveryCode }
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

async function setupOf({ backup, codeToNote }: Services, { signal }: Request): Promise<SetupJson> {
  const state = await backup.setup({ signal })
  return { ...asJson(state), ...(codeToNote.waiting() !== undefined && { codeToNote: true }) }
}
