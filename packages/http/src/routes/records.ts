import { asJson } from '../route/as-json.ts'
import type { RoutesNamed } from '../route/route.ts'
import * as schemas from '../schema/audit.ts'
import { logPage, logQuery } from '../schema/events.ts'
import { eventStream } from '../events/stream.ts'

/** What was done, and what happens. */
export const recordRoutes: RoutesNamed<'GET /audit' | 'POST /audit/verify' | 'GET /events' | 'GET /events/stream'> = {
  'GET /audit': {
    summary: 'Who did what, when and why; the newest entry is last',
    action: 'read',
    query: schemas.auditQuery,
    answer: { json: schemas.auditPage },
    async handle({ backup }, { request, query: { from, to, limit = 100, ...query } }) {
      const times = { ...(from !== undefined && { from: new Date(from) }), ...(to !== undefined && { to: new Date(to) }) }
      return asJson(await backup.audit({ ...query, ...times, limit, signal: request.signal }))
    },
  },
  'POST /audit/verify': {
    summary: 'Check that nothing was changed in the audit trail, or taken out of it',
    action: 'run',
    answer: { json: schemas.auditReport },
    handle: async ({ backup }, { request }) => asJson(await backup.verifyAudit({ signal: request.signal })),
  },
  'GET /events': {
    summary: 'What happened lately, newest first',
    action: 'read',
    query: logQuery,
    answer: { json: logPage },
    handle: async ({ hub }, { query }) => ({ entries: hub.entries(query), last: hub.last() }),
  },
  'GET /events/stream': {
    summary: 'What happens, live; goes on after Last-Event-ID',
    action: 'read',
    answer: { type: 'text/event-stream', description: 'Frames whose data is a StreamEvent.' },
    async handle({ hub, jobs, settings: { pingMs, streamMs } }, { request }) {
      return eventStream(request, { hub, running: () => jobs.list({ state: 'running', limit: 200 }), pingMs, lifeMs: streamMs })
    },
  },
}
