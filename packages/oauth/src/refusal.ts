import { BackupError, type BackupErrorOptions, type ErrorKind } from '@backup/core'
import { aadsts } from './aadsts.ts'
import type { Issuer } from './issuer.ts'
import { reauthText, type ReauthReason } from './reauth.ts'

/**
 * An answer that grants nothing, reduced to what may be shown. Texts of a server may repeat what was sent to
 * it.
 */
export interface Refusal {
  readonly status: number
  /** One of the codes below, or nothing. */
  readonly error?: OAuthErrorCode
  /** Number of Microsoft's `AADSTS` code. */
  readonly aadsts?: number
  /** Google asks for the password or second factor again (`invalid_rapt`). */
  readonly wantsVerification: boolean
  readonly retryAfterMs?: number
}

export type OAuthErrorCode =
  | 'invalid_grant'
  | 'access_denied'
  | 'interaction_required'
  | 'login_required'
  | 'consent_required'
  | 'expired_token'
  | 'admin_policy_enforced'
  | 'org_internal'
  | 'invalid_token'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'deleted_client'
  | 'disabled_client'
  | 'invalid_request'
  | 'invalid_scope'
  | 'redirect_uri_mismatch'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'rate_limit_exceeded'
  | 'server_error'
  | 'temporarily_unavailable'

type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

const wrongClient =
  'Check client id and client secret, and that the client is of the right type at the vendor.'
const wrongRequest = 'Check scopes, redirect URL and endpoints against what is registered at the vendor.'

/** RFC 6749 (4.1.2.1, 5.2), RFC 8628 (3.5), OpenID Connect Core (3.1.2.6), and what Google adds. */
const meanings: Readonly<Record<OAuthErrorCode, Meaning>> = {
  invalid_grant: ['auth', 'the sign-in or its code is not valid any more', 'Sign in again.'],
  access_denied: ['auth', 'the user or an administrator refused', 'Sign in again and consent.'],
  interaction_required: ['auth', 'the user has to be present', 'Sign in again.'],
  login_required: ['auth', 'the user has to sign in', 'Sign in again.'],
  consent_required: ['auth', 'the user has to consent', 'Sign in again and consent.'],
  expired_token: ['auth', 'the code was not entered in time', 'Start again and enter the new code.'],
  admin_policy_enforced: [
    'auth',
    'an administrator does not allow it',
    'Ask the administrator of the account.',
  ],
  org_internal: [
    'auth',
    'the application is for members of an organisation',
    'Sign in as one of its members.',
  ],
  invalid_token: ['auth', 'the token is not valid any more', 'Sign in again.'],
  invalid_client: ['config', 'the client id or client secret is not accepted', wrongClient],
  unauthorized_client: ['config', 'the client may not sign in this way', wrongClient],
  deleted_client: ['config', 'the client was deleted', wrongClient],
  disabled_client: ['config', 'the client is disabled', wrongClient],
  invalid_request: ['config', 'the request is not accepted', wrongRequest],
  invalid_scope: ['config', 'a scope is unknown or not allowed', wrongRequest],
  redirect_uri_mismatch: ['config', 'the redirect URL is not registered', wrongRequest],
  unsupported_grant_type: ['config', 'this way to sign in is not offered', wrongRequest],
  unsupported_response_type: ['config', 'this way to sign in is not offered', wrongRequest],
  authorization_pending: ['busy', 'the user has not decided yet'],
  slow_down: ['throttled', 'it was asked too often'],
  rate_limit_exceeded: ['throttled', 'it was asked too often'],
  server_error: ['transient', 'the server failed'],
  temporarily_unavailable: ['transient', 'the server is overloaded or in maintenance'],
}

export function knownCode(value: unknown): OAuthErrorCode | undefined {
  return typeof value === 'string' && Object.hasOwn(meanings, value) ? (value as OAuthErrorCode) : undefined
}

/** Codes that end a sign-in that once worked. */
const ending = new Set<OAuthErrorCode | undefined>([
  'invalid_grant',
  'interaction_required',
  'login_required',
  'consent_required',
])

/** Does this end the sign-in, and why? Only then somebody has to be called. */
export function endedBecause(refusal: Refusal): ReauthReason | undefined {
  if (isServerTrouble(refusal)) return undefined
  const vendor = aadsts[refusal.aadsts ?? 0]
  if (vendor) return vendor.reason
  if (!ending.has(refusal.error)) return undefined
  if (refusal.wantsVerification) return 'verification'
  return refusal.error === 'consent_required' ? 'consent' : 'refused'
}

export function endedError(
  issuer: Issuer,
  account: string | undefined,
  reason: ReauthReason,
  refusal?: Refusal,
): BackupError {
  const { message, hint } = reauthText(issuer, account, reason, refusal && shownCode(refusal))
  return new BackupError('auth', message, {
    plugin: 'oauth',
    hint,
    ...(account !== undefined && { key: account }),
  })
}

/** `doing` completes "Cannot …". */
export function refusalError(issuer: Issuer, refusal: Refusal, doing: string): BackupError {
  const { retryAfterMs } = refusal
  const [kind, what, hint] = meaningOf(refusal)
  const options: BackupErrorOptions = {
    plugin: 'oauth',
    ...(hint !== undefined && { hint }),
    ...(kind === 'throttled' && retryAfterMs !== undefined && { retryAfterMs }),
  }
  const shown = shownCode(refusal) ?? `HTTP ${refusal.status}`
  return new BackupError(kind, `Cannot ${doing} at ${issuer.title}: ${what} (${shown}).`, options)
}

function meaningOf(refusal: Refusal): Meaning {
  const { status, error, retryAfterMs } = refusal
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    return ['throttled', 'the server asks for fewer requests']
  }
  if (isServerTrouble(refusal)) return ['transient', 'the server failed or is not reached']
  const vendor = aadsts[refusal.aadsts ?? 0]
  if (vendor) return [vendor.reason === undefined ? 'config' : 'auth', vendor.what, vendor.hint]
  if (error !== undefined) return meanings[error]
  return ['permanent', 'it refuses without a reason that is known here', wrongRequest]
}

/** Redirects are those of hotel networks that want to be paid first; a token endpoint makes none. */
function isServerTrouble({ status, error }: Refusal): boolean {
  return status >= 500 || status === 429 || status === 408 || (status >= 300 && status < 400 && !error)
}

function shownCode({ error, aadsts: number }: Refusal): string | undefined {
  return number === undefined ? error : `AADSTS${number}`
}
