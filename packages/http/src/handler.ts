import type { Backup } from '@backup/core'
import { type Caller, callerOf } from './access/authorize.ts'
import { crossOriginHeaders, preflight } from './access/cors.ts'
import { checkOrigin } from './access/origin.ts'
import { checkShape } from './body/check-shape.ts'
import { readBody } from './body/read-body.ts'
import { readQuery } from './body/read-query.ts'
import { createConfirmations } from './confirm/confirmations.ts'
import { createHub } from './events/hub.ts'
import { watchAll } from './events/watch.ts'
import { createJobs } from './jobs/jobs.ts'
import { type BackupHandlerOptions, checkOptions } from './options.ts'
import { isOurFault, problemAnswer } from './problem/answer.ts'
import { refuse } from './problem/refusal.ts'
import { matcher } from './route/match.ts'
import type { AnyRoute } from './route/route.ts'
import type { Services } from './route/services.ts'
import { routeTable } from './routes/table.ts'
import { object } from './schema/schema.ts'
import { createCodeToNote } from './setup/code-to-note.ts'
import { createSignIns } from './sign-in/sign-ins.ts'
import type { Topic } from './wire/events.ts'

/** Answers requests below `basePath`. */
export interface BackupHandler {
  (request: Request): Promise<Response>
  /** Tells all who listen that something is not as it was, of which the handler cannot know: settings that the application changed. */
  changed(what: Topic, ids?: readonly string[]): void
  /**
   * Ends all streams of events, and refuses whatever comes afterwards, so that clients come back to the handler that takes its place. Jobs go
   * on; the backup stays open.
   */
  close(): void
}

/**
 * An HTTP API for one backup: standard `Request` in, standard `Response` out.
 *
 * What takes a while is a job, which goes on when the connection is lost. Everything is as long-lived as the process: keep one handler
 * for each backup, not one for each request.
 *
 * @throws `config` for an option that is missing or wrong
 * @example
 * ```ts
 * const handler = createBackupHandler(backup, {
 *   authorize: async (request) => {
 *     const user = await userOf(request)
 *     return user && { actor: user.email, role: user.isAdmin ? 'owner' : 'viewer' }
 *   },
 * })
 * ```
 */
export function createBackupHandler(backup: Backup, options: BackupHandlerOptions): BackupHandler {
  const settings = checkOptions(backup, options)
  const { basePath, clock, confirmMs, origins, scheduler, signInBrowser } = settings
  const accounts = new Map(Object.entries(settings.accounts))
  const hub = createHub()
  /** What the application does with it must not become another failure. */
  const onError = (error: unknown, request: Request): void => {
    try {
      settings.onError(error, request)
    } catch {}
  }
  const jobs = createJobs({ clock, tell: (job) => hub.publish({ type: 'job', job }), onError })
  const services: Services = {
    backup,
    ...(scheduler && { scheduler }),
    accounts,
    settings,
    jobs,
    hub,
    confirmations: createConfirmations(clock, confirmMs),
    signIns: createSignIns({ clock, lifetimeMs: confirmMs, sameBrowser: signInBrowser === 'same' }),
    onError,
    codeToNote: createCodeToNote(),
  }
  const stop = watchAll(services, hub, jobs)
  let isClosed = false
  const match = matcher<AnyRoute>(routeTable, basePath)

  const answer = async (request: Request): Promise<Response> => {
    // A stream that began now would never hear of anything, nor end.
    if (isClosed) throw refuse('closed', 'This handler was closed.', { retryable: true, retryAfterMs: 1000 })
    const url = new URL(request.url)
    const { route, params } = match(request.method, url.pathname)
    checkOrigin(request, origins)
    const caller = route.action === 'none' ? nobody : await callerOf(settings.authorize, request, route.actionOf?.(services, params) ?? route.action)
    const query = route.action === 'none' ? {} : checkShape(route.query ?? nothing, readQuery(url.searchParams, route.query ?? nothing))
    const body = request.method === 'GET' ? {} : checkShape(route.body ?? nothing, await readBody(request, settings.maxBodyBytes))
    const result = await route.handle(services, { request, params, query, body, caller })
    return result instanceof Response ? result : jsonAnswer(result, route.status)
  }

  const handle = async (request: Request): Promise<Response> => {
    const asked = preflight(request, origins, ['GET', 'POST'])
    if (asked) return asked
    let response: Response
    try {
      response = await answer(request)
    } catch (error) {
      if (isOurFault(error)) onError(error, request)
      response = problemAnswer(error)
    }
    for (const [name, value] of Object.entries(crossOriginHeaders(request, origins))) response.headers.set(name, value)
    return response
  }
  return Object.assign(handle, {
    changed: (what: Topic, ids?: readonly string[]): void => hub.publish({ type: 'changed', what, ...(ids && { ids }) }),
    close(): void {
      isClosed = true
      stop()
      hub.close()
    },
  })
}

const nobody: Caller = { actor: 'nobody', can: new Set() }
const nothing = object<Record<never, never>>({})

function jsonAnswer(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })
}
