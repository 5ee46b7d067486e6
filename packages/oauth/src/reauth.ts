import type { BackupError } from '@backup/core'
import type { Issuer } from './issuer.ts'

/**
 * Why somebody has to sign in again.
 *
 * | reason | what happened |
 * | --- | --- |
 * | `signed-out` | nobody has signed in yet, or the store was emptied |
 * | `no-refresh-token` | the sign-in gave no refresh token, and the access token has ended |
 * | `expired` | the sign-in was unused for too long, or had an end |
 * | `revoked` | the user, an administrator or a changed password ended it |
 * | `verification` | the account has to prove itself again: a second factor, a new password |
 * | `consent` | the application is not, or no longer, allowed what it asks for |
 * | `blocked` | the account or the device is not admitted |
 * | `lost` | the server refuses, and the answer to an earlier refresh was never stored |
 * | `refused` | the server gives no reason |
 */
export type ReauthReason =
  | 'signed-out'
  | 'no-refresh-token'
  | 'expired'
  | 'revoked'
  | 'verification'
  | 'consent'
  | 'blocked'
  | 'lost'
  | 'refused'

/** Plain data without secrets, for a banner or a mail. */
export interface ReauthRequired {
  readonly type: 'reauth-required'
  /** `name` of the issuer. */
  readonly provider: string
  readonly account?: string
  readonly reason: ReauthReason
  readonly hint: string
}

const what: Readonly<Record<ReauthReason, string>> = {
  'signed-out': 'nobody has signed in',
  'no-refresh-token': 'the access has ended, and there is no refresh token to renew it',
  expired: 'the sign-in has expired',
  revoked: 'the access was taken back',
  verification: 'the account has to be verified again',
  consent: 'the consent is missing',
  blocked: 'the account is not admitted',
  lost: 'the answer to an earlier refresh was lost, and the sign-in is not valid any more',
  refused: 'the sign-in is not valid any more',
}

const advice: Readonly<Record<ReauthReason, string>> = {
  'signed-out': 'Sign in once.',
  'no-refresh-token': 'Sign in again, and ask for offline access.',
  expired: 'Sign in again. A sign-in that is used every day does not expire this way.',
  revoked: 'Sign in again.',
  verification: 'Sign in again and complete the verification.',
  consent: 'Sign in again and consent, or have an administrator consent for the organisation.',
  blocked: 'Ask the administrator of the account to admit it and this device, then sign in again.',
  lost: 'Sign in again. The process ended or the network failed between the refresh and storing its result.',
  refused: 'Sign in again.',
}

// The most frequent cause of a lost sign-in at Google, and one that its answer does not name.
const googleAdvice =
  'Sign in again. If this happens every 7 days, publish the consent screen of the Google project.'

/** Message and hint for a reason; `code` is the vendor's public number for it. */
export function reauthText(
  issuer: Issuer,
  account: string | undefined,
  reason: ReauthReason,
  code?: string,
): { message: string; hint: string } {
  const who = account === undefined ? issuer.title : `${issuer.title} account ${account}`
  const number = code === undefined ? '' : ` (${code})`
  const hint = issuer.name === 'google' && reason === 'refused' ? googleAdvice : advice[reason]
  return { message: `Sign-in needed for ${who}: ${what[reason]}${number}.`, hint }
}

/** The event that goes with an error. */
export function reauthEvent(
  issuer: Issuer,
  account: string | undefined,
  reason: ReauthReason,
  error: BackupError,
): ReauthRequired {
  return {
    type: 'reauth-required',
    provider: issuer.name,
    ...(account !== undefined && { account }),
    reason,
    hint: error.hint,
  }
}
