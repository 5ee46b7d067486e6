import type { ConfirmJson, JobJson } from '@backup/http/wire'
import { type ClientError, asClientError } from '../call/client-error.ts'
import type { BackupClient } from '../client.ts'
import { type Store, createStore } from '../store/store.ts'

/**
 * Where something is that cannot be taken lightly: asked for, planned, confirmed, under way, over.
 *
 * | step | meaning |
 * | --- | --- |
 * | `idle` | nobody wants it |
 * | `planning` | what it would do is found out |
 * | `planned` | somebody has to look at it and say why; `error` is what became of an attempt to begin |
 * | `starting` | it was confirmed |
 * | `running` | it goes on, also without this page |
 * | `done` | `result.undo` is the way back |
 * | `failed` | there is no plan, or it failed itself: then there is a `job` |
 */
export type FlowState<Request, Plan, Result> =
  | { readonly step: 'idle' }
  | { readonly step: 'planning'; readonly request: Request }
  | { readonly step: 'planned'; readonly request: Request; readonly plan: Plan; readonly error?: ClientError }
  | { readonly step: 'starting'; readonly request: Request; readonly plan: Plan }
  | { readonly step: 'running'; readonly job: JobJson; readonly error?: ClientError }
  | { readonly step: 'done'; readonly job: JobJson; readonly result?: Result }
  | { readonly step: 'failed'; readonly error: Pick<ClientError, 'message' | 'hint'>; readonly request?: Request; readonly job?: JobJson }

/** It in steps, for one dialogue. */
export interface PlannedFlow<Request, Plan, Result> extends Store<FlowState<Request, Plan, Result>> {
  /** Finds out what it would do. Touches nothing. */
  plan(request: Request): Promise<void>
  /**
   * Begins what was planned, once: when the connection is lost meanwhile, the same call again either begins it or finds what was begun.
   */
  confirm(given: Confirmation): Promise<void>
  /** Asks it to stop. What it had not finished is not there. */
  cancel(): Promise<void>
  /** Plans the way back from what is done. */
  undo(): Promise<void>
  /** Follows what was begun elsewhere, or before the page was loaded. */
  follow(job: string): void
  /** Forgets it. What is under way goes on. */
  reset(): void
}

export interface Confirmation {
  /** Why, in a sentence. */
  readonly reason: string
  /** Also with a snapshot that is believed to be damaged. @default false */
  readonly acceptSuspect?: boolean
}

/** What is planned, and how it is begun. */
export interface FlowRoutes<Request, Plan, Result> {
  plan(request: Request): Promise<Plan>
  begin(body: Confirmation & { readonly token: string }): Promise<JobJson>
  resultOf(job: JobJson): Result | undefined
  /** Asks for the way back. */
  undo(result: Result): Request | undefined
}

export function createPlannedFlow<Request, Plan extends { readonly confirm: ConfirmJson }, Result>(
  client: BackupClient,
  routes: FlowRoutes<Request, Plan, Result>,
): PlannedFlow<Request, Plan, Result> {
  type State = FlowState<Request, Plan, Result>
  const store = createStore<State>({ step: 'idle' })
  let unfollow = (): void => {}
  /** What was asked for last: answers to what was asked before are not looked at. */
  let turn = 0

  const stateOf = (job: JobJson, error: ClientError | undefined): State => {
    if (job.state === 'running') return { step: 'running', job, ...(error && { error }) }
    if (job.state !== 'done') return { step: 'failed', job, error: job.error ?? { message: '', hint: '' } }
    const result = routes.resultOf(job)
    return { step: 'done', job, ...(result && { result }) }
  }
  const follow = (id: string): void => {
    turn++
    unfollow()
    const resource = client.job(id)
    const look = (): void => {
      const { data: job, error } = resource.getSnapshot()
      // Nobody knows any more how it went; everything else that goes wrong here passes.
      if (error?.code === 'unknown') return store.set({ step: 'failed', error, ...(job && { job }) })
      if (job) store.set(stateOf(job, error))
    }
    unfollow = resource.subscribe(look)
    look()
  }
  const plan = async (request: Request): Promise<void> => {
    unfollow()
    const mine = ++turn
    store.set({ step: 'planning', request })
    try {
      const planned = await routes.plan(request)
      if (mine === turn) store.set({ step: 'planned', request, plan: planned })
    } catch (thrown) {
      if (mine === turn) store.set({ step: 'failed', request, error: asClientError(thrown) })
    }
  }

  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    plan,
    follow,
    async confirm(given) {
      const state = store.getSnapshot()
      if (state.step !== 'planned') return
      const { request, plan: planned } = state
      const mine = ++turn
      store.set({ step: 'starting', request, plan: planned })
      try {
        const job = await routes.begin({ ...given, token: planned.confirm.token })
        if (mine === turn) follow(job.id)
      } catch (thrown) {
        const error = asClientError(thrown)
        if (mine !== turn) return
        if (error.problem?.job !== undefined) follow(error.problem.job)
        else store.set({ step: 'planned', request, plan: planned, error })
      }
    },
    async cancel() {
      const state = store.getSnapshot()
      if (state.step === 'running') await client.call('POST /jobs/:job/cancel', { params: { job: state.job.id } })
    },
    async undo() {
      const state = store.getSnapshot()
      const back = state.step === 'done' && state.result ? routes.undo(state.result) : undefined
      if (back) await plan(back)
    },
    reset() {
      turn++
      unfollow()
      store.set({ step: 'idle' })
    },
  }
}
