import type { JobJson, LogEntryJson, RouteName, Routes, StreamEvent } from '@backup/http/wire'
import { type Call, type CallArguments, type Headerable, type LooseInput, type Send, createCaller } from './call/call.ts'
import { createJobs } from './jobs.ts'
import { type ConnectionState, createLink } from './live/link.ts'
import { aging, isChangedBy } from './live/topics.ts'
import { createLog } from './log.ts'
import { type SnapshotListResource, type SnapshotsQuery, createSnapshotList } from './snapshots.ts'
import { type RowListResource, type RowsQuery, createRowList } from './rows.ts'
import { type OwnResource, type Resource, createResource } from './store/resource.ts'
import type { Store } from './store/store.ts'

export interface BackupClientOptions {
  /** Where the handler is: a path of this site, or a whole address. @default '/api/backup' */
  readonly url?: string
  /** Sends requests: any `fetch`, or the handler itself in the same process. @default the global `fetch` */
  readonly fetch?: Send
  /** Go along with each request; a function is asked each time. @default none */
  readonly headers?: Headerable | (() => Headerable | Promise<Headerable>)
  /** Where streams do not get through, it is asked so often, in milliseconds. @default 5,000 */
  readonly pollMs?: number
  /** A stream that says nothing for so long, in milliseconds, is taken for dead; the handler says something every 15 s. @default 45,000 */
  readonly quietMs?: number
  /** Health and figures change as time goes by: they are fetched anew after so long, in milliseconds. @default 300,000 */
  readonly agingMs?: number
  /** Lines of the log that are kept. @default 200 */
  readonly logSize?: number
}

/** Knows how it stands with the backup behind a handler, and has it do things. Nothing is fetched before somebody listens. */
export interface BackupClient {
  /** Whether events arrive. */
  readonly connection: Store<ConnectionState>
  /** What is under way and what has been, newest first; also what others started, and what was started before a page was reloaded. */
  readonly jobs: Resource<readonly JobJson[]>
  /** What happened lately, newest first. */
  readonly log: Resource<readonly LogEntryJson[]>
  /** One job, live. When it is not known any more, its state is `failed` with the code `unknown`, and its data what was known last. */
  job(id: string): Resource<JobJson>
  /** Snapshots, newest first, page after page; the same list for the same query. */
  snapshots(query?: SnapshotsQuery): SnapshotListResource
  /** Rows of a table as it was, page after page; the same list for the same query. */
  rows(query: RowsQuery): RowListResource
  /**
   * What a route answers, kept up to date; the same for the same input.
   *
   * @example
   * ```ts
   * const health = client.resource('GET /health')
   * const end = health.subscribe(() => show(health.getSnapshot()))
   * ```
   */
  resource<Name extends ResourceRoute>(name: Name, ...given: CallArguments<Name>): Resource<Routes[Name]['answer']>
  /**
   * Asks a route once: to start something, to confirm a plan.
   *
   * @throws a `ClientError`
   * @example
   * ```ts
   * const job = await client.call('POST /backups', { body: { note: 'before the upgrade' } })
   * ```
   */
  readonly call: Call
  /** Fetches everything anew that somebody listens to. */
  refresh(): void
}

/** Routes that change nothing, and answer with JSON. */
export type ResourceRoute = Exclude<
  Extract<RouteName, `GET ${string}`>,
  'GET /events/stream' | 'GET /oauth/callback' | 'GET /snapshots/:snapshot/content' | 'GET /metrics'
> | 'POST /retention/preview'

/** More are not kept for those who come back. */
const keptResources = 200

/**
 * A client for the HTTP API of `@backup/http`. It does nothing by itself: as long as somebody listens to one of its stores it holds one
 * stream of events open, and fetches anew what they say has changed.
 *
 * @example
 * ```ts
 * const client = createBackupClient({ url: '/api/backup' })
 * ```
 */
export function createBackupClient(options: BackupClientOptions = {}): BackupClient {
  const { url = '/api/backup', pollMs = 5000, quietMs = 45_000, agingMs = 300_000, logSize = 200 } = options
  const caller = createCaller({ url, send: options.fetch, headers: options.headers })
  const resources = new Map<string, { readonly name: RouteName; readonly resource: OwnResource<unknown> }>()
  let polls = 0
  let clock: ReturnType<typeof setInterval> | undefined

  const invalidate = (which: (name: RouteName) => boolean): void => {
    for (const { name, resource } of resources.values()) if (which(name)) resource.invalidate()
  }
  const everything = (): void => {
    invalidate(() => true)
    log.entries.invalidate()
  }
  const call: Call = async (name, ...given) => {
    const answer = await caller.call(name, ...given)
    // What one does oneself is seen at once, also where nobody tells.
    if (isJob(answer)) jobs.see([answer])
    else if (changes(name) && link.connection.getSnapshot().status !== 'live') invalidate(() => true)
    return answer
  }
  const link = createLink({
    pollMs,
    quietMs,
    open: (lastId, signal) =>
      caller.open('GET /events/stream', { signal }, { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) }),
    event: (event) => told(event),
    async poll(lastId) {
      const [known, { entries, last }] = await Promise.all([
        caller.call('GET /jobs', { query: { limit: 100 } }),
        caller.call('GET /events', { query: { limit: logSize, ...(lastId !== undefined && { after: lastId }) } }),
      ])
      const before = new Map(jobs.list.getSnapshot().data?.map(({ id, state }) => [id, state]))
      jobs.see(known.jobs)
      log.see(entries)
      const isNews = last !== lastId || known.jobs.some(({ id, state }) => before.get(id) !== state)
      if (isNews || ++polls % 12 === 0) invalidate(() => true)
      return last
    },
  })
  const uses = {
    begin() {
      link.begin()
      clock ??= setInterval(() => invalidate((name) => aging.includes(name)), agingMs)
    },
    end() {
      link.end()
      if (anybody()) return
      clearInterval(clock)
      clock = undefined
    },
  }
  const jobs = createJobs(call, uses)
  const log = createLog(call, logSize, uses)
  const anybody = (): boolean => jobs.list.isUsed() || log.entries.isUsed() || [...resources.values()].some(({ resource }) => resource.isUsed())
  let isFirst = true
  const told = (event: StreamEvent): void => {
    if (event.type === 'job') jobs.see([event.job])
    if (event.type === 'log') log.see([event.entry])
    if (event.type === 'changed') invalidate((name) => isChangedBy(name, event.what))
    if (event.type !== 'hello') return
    // What was fetched before the first stream was open is as good as what would be fetched now, but for what came in between.
    const isMissed = !event.resumed && !isFirst
    if (isMissed) everything()
    isFirst = false
    jobs.reconcile(event.jobs, isMissed)
  }
  const kept = <Kept extends OwnResource<unknown>>(name: RouteName, input: unknown, make: () => Kept): Kept => {
    const key = `${name} ${JSON.stringify(input)}`
    const found = resources.get(key)
    if (found) return found.resource as Kept
    for (const [old, { resource }] of resources) {
      if (resources.size < keptResources) break
      if (!resource.isUsed()) resources.delete(old)
    }
    const resource = make()
    resources.set(key, { name, resource })
    return resource
  }

  return {
    connection: link.connection,
    jobs: jobs.list,
    log: log.entries,
    job: jobs.one,
    snapshots: (query = {}) => kept('GET /snapshots', { list: query }, () => createSnapshotList(call, query, uses)),
    rows: (query) => kept('GET /snapshots/:snapshot/tables/:table/rows', { list: query }, () => createRowList(call, query, uses)),
    resource(name, ...given) {
      const load = (): Promise<never> => (call as (name: RouteName, input?: LooseInput) => Promise<never>)(name, given[0] as LooseInput)
      return kept(name, given[0], () => createResource<never>(load, { uses }) as OwnResource<never>)
    },
    call,
    refresh() {
      everything()
      jobs.invalidate()
    },
  }
}

const jobFields = ['id', 'operation', 'state', 'startedAt']

function isJob(answer: unknown): answer is JobJson {
  return typeof answer === 'object' && answer !== null && jobFields.every((field) => field in answer)
}

function changes(name: RouteName): boolean {
  return name.startsWith('POST ') && !/(plans|preview|verify)$/.test(name)
}
