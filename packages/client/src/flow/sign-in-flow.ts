import type { SignInJson } from '@backup/http/wire'
import { type ClientError, asClientError, isClientError } from '../call/client-error.ts'
import type { BackupClient } from '../client.ts'
import { type Store, createStore } from '../store/store.ts'

/**
 * | step | meaning |
 * | --- | --- |
 * | `idle` | nobody signs in |
 * | `starting` | an address is asked for |
 * | `waiting` | somebody has to sign in at `url`; `window` says whether its window is there |
 * | `ended` | `signIn.state` says how |
 * | `failed` | it could not be begun, or nobody knows what became of it |
 */
export type SignInFlowState =
  | { readonly step: 'idle' }
  | { readonly step: 'starting'; readonly account: string }
  | { readonly step: 'waiting'; readonly account: string; readonly url: string; readonly signIn: SignInJson; readonly window: 'open' | 'closed' | 'blocked' }
  | { readonly step: 'ended'; readonly account: string; readonly signIn: SignInJson }
  | { readonly step: 'failed'; readonly account: string; readonly error: ClientError }

/** Where somebody signs in: a window of the browser, or what a desktop shell opens. */
export interface SignInWindow {
  /** Shows this address. */
  go(url: string): void
  /**
   * Whether it was closed, as far as that is known: pages of some vendors look closed as soon as they are open, so this alone ends
   * nothing.
   */
  isClosed(): boolean
  close(): void
}

/** Connects an account: opens a window, waits for what becomes of it, in one dialogue. */
export interface SignInFlow extends Store<SignInFlowState> {
  /** @param open is called at once, while the browser still knows that somebody clicked; nothing when windows are blocked */
  start(account: string, open: () => SignInWindow | undefined): Promise<void>
  /** Gives it up: who comes back after this is refused. */
  cancel(): Promise<void>
  reset(): void
}

const askMs = 1000

export function createSignInFlow(client: BackupClient): SignInFlow {
  const store = createStore<SignInFlowState>({ step: 'idle' })
  let turn = 0

  const wait = async (mine: number, window: SignInWindow | undefined): Promise<void> => {
    for (;;) {
      await new Promise((done) => setTimeout(done, askMs))
      const state = store.getSnapshot()
      if (mine !== turn || state.step !== 'waiting') return
      try {
        const signIn = await client.call('GET /sign-ins/:signIn', { params: { signIn: state.signIn.id } })
        if (mine !== turn) return
        if (signIn.state === 'pending') {
          store.set({ ...state, window: window ? (window.isClosed() ? 'closed' : 'open') : 'blocked' })
          continue
        }
        window?.close()
        store.set({ step: 'ended', account: state.account, signIn })
        void client.resource('GET /providers').refresh().catch(() => {})
        return
      } catch (thrown) {
        // A lost connection is no end: it is asked again.
        if (isClientError(thrown) && thrown.retryable) continue
        if (mine === turn) store.set({ step: 'failed', account: state.account, error: asClientError(thrown) })
        return
      }
    }
  }

  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    async start(account, open) {
      const mine = ++turn
      const window = open()
      store.set({ step: 'starting', account })
      try {
        const { id, url } = await client.call('POST /accounts/:account/sign-ins', { params: { account } })
        if (mine !== turn) return
        window?.go(url)
        store.set({ step: 'waiting', account, url, signIn: { id, account, state: 'pending' }, window: window ? 'open' : 'blocked' })
        await wait(mine, window)
      } catch (thrown) {
        window?.close()
        if (mine === turn) store.set({ step: 'failed', account, error: asClientError(thrown) })
      }
    },
    async cancel() {
      const state = store.getSnapshot()
      turn++
      store.set({ step: 'idle' })
      if (state.step === 'waiting') await client.call('POST /sign-ins/:signIn/cancel', { params: { signIn: state.signIn.id } })
    },
    reset() {
      turn++
      store.set({ step: 'idle' })
    },
  }
}
