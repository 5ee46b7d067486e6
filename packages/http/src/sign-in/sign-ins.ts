import { BackupError } from '@backup/core'
import { secret } from '../confirm/confirmations.ts'
import { masked } from '../jobs/masked.ts'
import { refuse } from '../problem/refusal.ts'
import type { SignInJson, SignInStartedJson } from '../wire/providers.ts'
import type { ConnectableAccount, PendingConnection } from './account.ts'

/** Connections to accounts that were begun here, and wait for the browser to come back. */
export interface SignIns {
  /** @param actor who connects it */
  begin(id: string, account: ConnectableAccount, actor: string): Promise<Begun>
  /**
   * The browser is back.
   *
   * @param cookieOf what the browser shows for a sign-in
   * @throws `sign-in` when it is none that waits, or began in another browser
   */
  complete(callbackUrl: string, cookieOf: (signIn: string) => string | undefined): Promise<Completed>
  /** @throws `unknown` */
  get(signIn: string): SignInJson
  /** Whoever comes back after this is refused. @throws `unknown` */
  cancel(signIn: string): SignInJson
}

export interface Begun {
  readonly started: SignInStartedJson
  /** Proves that it is the same browser. */
  readonly cookie: string
}

export interface Completed {
  readonly signIn: SignInJson
  /** Who began it: the browser that comes back does not say. */
  readonly actor: string
}

export interface SignInsOptions {
  readonly clock: () => Date
  readonly lifetimeMs: number
  /** Only the browser in which it was begun may end it. */
  readonly sameBrowser: boolean
}

interface Kept {
  readonly account: ConnectableAccount
  readonly actor: string
  readonly pending: PendingConnection
  readonly cookie: string
  readonly expiresAt: number
  shown: SignInJson
  /** A browser came back: what becomes of it is being found out. */
  isBack: boolean
}

const keptSignIns = 100

export function createSignIns({ clock, lifetimeMs, sameBrowser }: SignInsOptions): SignIns {
  const all = new Map<string, Kept>()

  const find = (id: string): Kept => {
    const found = all.get(id)
    if (!found) throw refuse('unknown', 'There is no sign-in with this id, or it was long ago.', { key: id })
    if (found.shown.state === 'pending' && !found.isBack && clock().getTime() >= found.expiresAt) found.shown = { ...found.shown, state: 'expired' }
    return found
  }

  return {
    async begin(accountId, account, actor) {
      const { url, pending } = await account.begin()
      const id = secret().slice(0, 24)
      const cookie = secret()
      const expiresAt = clock().getTime() + lifetimeMs
      all.set(id, { account, actor, pending, cookie, expiresAt, isBack: false, shown: { id, account: accountId, state: 'pending' } })
      if (all.size > keptSignIns) all.delete([...all.keys()][0]!)
      return { started: { id, url, expiresAt: new Date(expiresAt).toISOString() }, cookie }
    },
    async complete(callbackUrl, cookieOf) {
      const { searchParams } = new URL(callbackUrl)
      const state = searchParams.get('state')
      const id = [...all].find(([, kept]) => kept.pending.state === state)?.[0]
      const kept = id === undefined ? undefined : find(id)
      if (!kept || kept.shown.state !== 'pending' || kept.isBack) throw refuse('sign-in', 'This sign-in was not begun here, or is over.')
      if (sameBrowser && cookieOf(kept.shown.id) !== kept.cookie) throw refuse('sign-in', 'This sign-in was begun in another browser.')
      kept.isBack = true
      try {
        await kept.account.complete({ pending: kept.pending, callbackUrl })
        kept.shown = { ...kept.shown, state: 'done' }
      } catch (error) {
        const denied = searchParams.get('error') === 'access_denied'
        kept.shown = { ...kept.shown, state: denied ? 'denied' : 'failed', error: failureOf(error) }
      }
      return { signIn: kept.shown, actor: kept.actor }
    },
    get: (id) => find(id).shown,
    cancel(id) {
      const kept = find(id)
      if (kept.shown.state === 'pending' && !kept.isBack) kept.shown = { ...kept.shown, state: 'cancelled' }
      return kept.shown
    },
  }
}

function failureOf(error: unknown): NonNullable<SignInJson['error']> {
  if (!BackupError.is(error)) return masked({ kind: 'permanent', message: '', hint: '', foreign: true })
  const { kind, message, hint } = error
  return { kind, message, hint }
}
