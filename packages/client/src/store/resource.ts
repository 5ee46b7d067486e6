import { type ClientError, asClientError } from '../call/client-error.ts'
import { type Store, type Uses, createStore } from './store.ts'

/** Something that is fetched when somebody listens, and again when it changed. What was there stays when that fails. */
export interface Resource<Data> extends Store<ResourceState<Data>> {
  /** Fetches it now. Rejects when that fails. */
  refresh(): Promise<Data>
}

export type ResourceState<Data> =
  | { readonly status: 'pending'; readonly data?: undefined; readonly error?: undefined }
  | { readonly status: 'ready'; readonly data: Data; readonly error?: undefined }
  | { readonly status: 'failed'; readonly data?: Data; readonly error: ClientError }

export interface OwnResource<Data> extends Resource<Data> {
  /** It is not as it was: it is fetched again as soon as somebody listens. */
  invalidate(): void
  /** Somebody told what it is now. */
  set(data: Data): void
  /** Changes what is there, if anything is. */
  update(change: (data: Data) => Data): void
  isUsed(): boolean
}

const retryMs = 10_000

/** @param merge what to show, from what was fetched and what was there */
export function createResource<Data>(
  load: () => Promise<Data>,
  { uses = {}, merge = (loaded) => loaded }: { readonly uses?: Uses; readonly merge?: (loaded: Data, before: Data | undefined) => Data } = {},
): OwnResource<Data> {
  let isStale = true
  let running: Promise<Data> | undefined
  let retry: ReturnType<typeof setTimeout> | undefined

  const store = createStore<ResourceState<Data>>(
    { status: 'pending' },
    {
      begin() {
        uses.begin?.()
        if (isStale) quietly(fetchIt())
      },
      end() {
        clearTimeout(retry)
        uses.end?.()
      },
    },
  )
  const current = (): Data | undefined => store.getSnapshot().data

  const fetchOnce = async (): Promise<Data> => {
    clearTimeout(retry)
    isStale = false
    try {
      const data = merge(await load(), current())
      store.set({ status: 'ready', data })
      return data
    } catch (thrown) {
      const error = asClientError(thrown)
      const data = current()
      isStale = true
      store.set({ status: 'failed', error, ...(data !== undefined && { data }) })
      if (error.retryable && store.isUsed()) retry = setTimeout(() => quietly(fetchIt()), error.problem?.retryAfterMs ?? retryMs)
      throw error
    }
  }
  /** One at a time: an older answer never replaces a newer one. */
  const fetchIt = (): Promise<Data> => {
    running ??= fetchOnce().finally(() => {
      running = undefined
      // It changed while it was on its way.
      if (isStale && store.getSnapshot().status === 'ready' && store.isUsed()) quietly(fetchIt())
    })
    return running
  }

  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    isUsed: store.isUsed,
    async refresh() {
      if (running) await running.catch(() => {})
      return fetchIt()
    },
    invalidate() {
      isStale = true
      if (store.isUsed() && !running) quietly(fetchIt())
    },
    set(data) {
      isStale = false
      store.set({ status: 'ready', data })
    },
    update(change) {
      const state = store.getSnapshot()
      if (state.data !== undefined) store.set({ ...state, data: change(state.data) } as ResourceState<Data>)
    },
  }
}

/** Its state says what went wrong. */
function quietly(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
