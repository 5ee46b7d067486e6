import type { JobJson, RestoreBody, RestorePlanBody, RestorePlanJson, RestoreResultJson } from '@backup/http/wire'
import { type ClientError, asClientError } from '../call/client-error.ts'
import type { BackupClient } from '../client.ts'
import { type Store, createStore } from '../store/store.ts'

/**
 * Where a restore is: asked for, planned, confirmed, under way, over.
 *
 * | step | meaning |
 * | --- | --- |
 * | `idle` | nobody wants one |
 * | `planning` | what it would do is found out |
 * | `planned` | somebody has to look at it and say why; `error` is what became of an attempt to begin |
 * | `starting` | it was confirmed |
 * | `running` | it goes on, also without this page |
 * | `done` | `result.undo` names the snapshot that brings back what was there before |
 * | `failed` | there is no plan, or the restore itself failed: then there is a `job` |
 */
export type RestoreState =
  | { readonly step: 'idle' }
  | { readonly step: 'planning'; readonly request: RestorePlanBody }
  | { readonly step: 'planned'; readonly request: RestorePlanBody; readonly plan: RestorePlanJson; readonly error?: ClientError }
  | { readonly step: 'starting'; readonly request: RestorePlanBody; readonly plan: RestorePlanJson }
  | { readonly step: 'running'; readonly job: JobJson; readonly error?: ClientError }
  | { readonly step: 'done'; readonly job: JobJson; readonly result?: RestoreResultJson }
  | { readonly step: 'failed'; readonly error: Pick<ClientError, 'message' | 'hint'>; readonly request?: RestorePlanBody; readonly job?: JobJson }

/** A restore in steps, for one dialogue. */
export interface RestoreFlow extends Store<RestoreState> {
  /** Finds out what it would do. Touches nothing. */
  plan(request: RestorePlanBody): Promise<void>
  /**
   * Begins what was planned, once: when the connection is lost meanwhile, the same call again either begins it or finds what was begun.
   */
  confirm(given: Omit<RestoreBody, 'token'>): Promise<void>
  /** Asks the restore to stop. What it had not finished is not there. */
  cancel(): Promise<void>
  /** Plans the way back from a restore that is done. */
  undo(): Promise<void>
  /** Follows a restore that was begun elsewhere, or before the page was loaded. */
  follow(job: string): void
  /** Forgets it. What is under way goes on. */
  reset(): void
}

export function createRestoreFlow(client: BackupClient): RestoreFlow {
  const store = createStore<RestoreState>({ step: 'idle' })
  let unfollow = (): void => {}
  /** What was asked for last: answers to what was asked before are not looked at. */
  let turn = 0

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
  const plan = async (request: RestorePlanBody): Promise<void> => {
    unfollow()
    const mine = ++turn
    store.set({ step: 'planning', request })
    try {
      const planned = await client.call('POST /restore-plans', { body: request })
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
        const job = await client.call('POST /restores', { body: { ...given, token: planned.confirm.token } })
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
      const undo = state.step === 'done' ? state.result?.undo : undefined
      if (undo) await plan({ snapshot: undo.snapshot })
    },
    reset() {
      turn++
      unfollow()
      store.set({ step: 'idle' })
    },
  }
}

function stateOf(job: JobJson, error: ClientError | undefined): RestoreState {
  if (job.state === 'running') return { step: 'running', job, ...(error && { error }) }
  if (job.state !== 'done') return { step: 'failed', job, error: job.error ?? { message: '', hint: '' } }
  return { step: 'done', job, ...(job.result?.of === 'restore' && { result: job.result.restore }) }
}
