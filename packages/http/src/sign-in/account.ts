import type { AccountState } from '../wire/providers.ts'

/** An account that somebody connects in a browser: what `webAccount()` of `@backup/oauth` makes, or one of your own. */
export interface ConnectableAccount {
  /** The vendor, for people: `Google`. */
  readonly title: string
  /** Its address, where that is known. */
  readonly name?: string
  /** How it stands, without asking the vendor. */
  state(): Promise<{ readonly state: AccountState; readonly reason?: string; readonly hint?: string }>
  /** Starts to connect it. `pending` is kept here, and given to `complete`. */
  begin(): Promise<{ readonly url: string; readonly pending: PendingConnection }>
  /** @param options.callbackUrl the whole URL that the browser came back with @throws `auth` when that does not fit */
  complete(options: { readonly pending: PendingConnection; readonly callbackUrl: string }): Promise<void>
  /** Forgets the account, here and with the vendor. */
  disconnect(): Promise<{ readonly revoked: boolean }>
  /** Is called when it has been connected or disconnected, or somebody has to sign in again. @returns what ends it */
  subscribe(listener: () => void): () => void
}

export interface PendingConnection {
  /** The vendor sends it back: nobody can guess it. */
  readonly state: string
}

export interface AccountOption {
  readonly account: ConnectableAccount
  /** Those that are reached with it. */
  readonly providers?: readonly { readonly location: string }[]
}
