import type { ProviderStatus } from '@backup/core'
import type { AsJson } from './as-json.ts'

export interface ProviderJson extends AsJson<ProviderStatus> {
  /** A disk of this machine. */
  readonly nearby: boolean
  /** Id of the account that it is reached with: see {@link AccountJson}. */
  readonly account?: string
}

export interface ProviderListJson {
  readonly providers: readonly ProviderJson[]
  readonly accounts: readonly AccountJson[]
}

/** An account with a vendor that somebody signs in to. */
export interface AccountJson {
  readonly id: string
  /** Of the vendor, for people: `Google`. */
  readonly title: string
  /** Its address, where that is known. */
  readonly name?: string
  readonly state: AccountState
  /** Of `reconnect`: what ended the sign-in. */
  readonly reason?: string
  readonly hint?: string
  /** Locations of the providers that are reached with it. */
  readonly providers: readonly string[]
}

/** `reconnect`: it was connected, and somebody has to sign in again. */
export type AccountState = 'connected' | 'disconnected' | 'reconnect'

/** Open `url` in a browser; the page that it leads back to says that it may be closed. */
export interface SignInStartedJson {
  readonly id: string
  readonly url: string
  readonly expiresAt: string
}

export interface SignInJson {
  readonly id: string
  readonly account: string
  /** `denied`: whoever was asked said no. `cancelled`: the page was closed. */
  readonly state: 'pending' | 'done' | 'denied' | 'failed' | 'cancelled' | 'expired'
  /** Of `denied` and `failed`. */
  readonly error?: { readonly kind: string; readonly message: string; readonly hint: string }
}

export interface DisconnectJson {
  readonly account: AccountJson
  /** The vendor was told, too. Otherwise the user may want to remove the application in the account. */
  readonly revoked: boolean
}
