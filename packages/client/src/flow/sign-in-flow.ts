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
  /** Gives it up, and closes its window: who comes back after this is refused. */
  cancel(): Promise<void>
  /** The same, for those who do not wait for it: what ended is put away, and what is under way is given up. */
  reset(): void
}

const askMs = 1000

/** What was begun last and has not ended. */
interface UnderWay {
  readonly window: SignInWindow | undefined
  /** As soon as the handler knows it. */
  signIn?: string
}

export function createSignInFlow(client: BackupClient): SignInFlow {
  const store = createStore<SignInFlowState>({ step: 'idle' })
  let current: UnderWay | undefined

  const cancelled = async (signIn: string): Promise<void> => {
    await client.call('POST /sign-ins/:signIn/cancel', { params: { signIn } })
  }
  const giveUp = async (): Promise<void> => {
    const { window, signIn } = current ?? {}
    current = undefined
    window?.close()
    if (signIn !== undefined) await cancelled(signIn)
  }
  const end = (mine: UnderWay, state: SignInFlowState): void => {
    mine.window?.close()
    if (mine !== current) return
    current = undefined
    store.set(state)
  }

  const wait = async (mine: UnderWay): Promise<void> => {
    for (;;) {
      await new Promise((done) => setTimeout(done, askMs))
      const state = store.getSnapshot()
      if (mine !== current || state.step !== 'waiting') return
      try {
        const signIn = await client.call('GET /sign-ins/:signIn', { params: { signIn: state.signIn.id } })
        if (mine !== current) return
        if (signIn.state === 'pending') {
          store.set({ ...state, window: mine.window ? (mine.window.isClosed() ? 'closed' : 'open') : 'blocked' })
          continue
        }
        end(mine, { step: 'ended', account: state.account, signIn })
        void client.resource('GET /providers').refresh().catch(() => {})
        return
      } catch (thrown) {
        // A lost connection is no end: it is asked again.
        if (isClientError(thrown) && thrown.retryable) continue
        return end(mine, { step: 'failed', account: state.account, error: asClientError(thrown) })
      }
    }
  }

  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    async start(account, open) {
      quietly(giveUp())
      const mine: UnderWay = { window: open() }
      current = mine
      store.set({ step: 'starting', account })
      try {
        const { id, url } = await client.call('POST /accounts/:account/sign-ins', { params: { account } })
        // Given up before anybody knew what: its window is closed already.
        if (mine !== current) return quietly(cancelled(id))
        mine.signIn = id
        mine.window?.go(url)
        store.set({ step: 'waiting', account, url, signIn: { id, account, state: 'pending' }, window: mine.window ? 'open' : 'blocked' })
      } catch (thrown) {
        return end(mine, { step: 'failed', account, error: asClientError(thrown) })
      }
      await wait(mine)
    },
    async cancel() {
      const given = giveUp()
      store.set({ step: 'idle' })
      await given
    },
    reset() {
      quietly(giveUp())
      store.set({ step: 'idle' })
    },
  }
}

/** Where nobody waits for it: the handler gives it up by itself after a while. */
function quietly(promise: Promise<unknown>): void {
  promise.catch(() => {})
}
