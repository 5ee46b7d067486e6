import { BackupError } from '@backup/core'
import type { TokenEndpointResponse } from 'oauth4webapi'
import type { Issuer } from './issuer.ts'

/**
 * What a sign-in brings, as plain data. Whoever has it can do what was consented to: treat it as a password.
 */
export interface Tokens {
  readonly accessToken: string
  /** Moment from which the server refuses the access token, in milliseconds since 1970. */
  readonly expiresAt: number
  /** Moment at which the request for it was sent, in milliseconds since 1970. */
  readonly issuedAt: number
  /** Brings the next access token; absent when the server gave none. */
  readonly refreshToken?: string
  /** What was granted. */
  readonly scopes: readonly string[]
  /**
   * A refresh was sent at this moment, in milliseconds since 1970, and its answer is not stored. Found after
   * a crash, it tells why a server that gives every refresh token once does not know this one any more.
   */
  readonly refreshSentAt?: number
}

/** A server may leave out how long a token lives (RFC 6749, section 5.1); then it is renewed often. */
const assumedLifeSeconds = 300

export function tokensFrom(
  answer: TokenEndpointResponse,
  sentAt: number,
  before: Pick<Tokens, 'refreshToken' | 'scopes'>,
): Tokens {
  const refreshToken = answer.refresh_token ?? before.refreshToken
  return {
    accessToken: answer.access_token,
    expiresAt: sentAt + (answer.expires_in ?? assumedLifeSeconds) * 1000,
    issuedAt: sentAt,
    ...(refreshToken !== undefined && { refreshToken }),
    // Left out when it is what was asked for.
    scopes: answer.scope?.split(' ').filter((scope) => scope !== '') ?? before.scopes,
  }
}

/** @throws `auth` when a scope was unticked that the backup needs. */
export function checkGrant(issuer: Issuer, wanted: string, { scopes }: Tokens): void {
  if (!issuer.partialConsent) return
  const missing = wanted.split(' ').filter((scope) => !scopes.includes(scope) && scope.includes('/'))
  if (missing.length === 0) return
  throw new BackupError(
    'auth',
    `${issuer.title} signed in, but without the right to ${missing.join(', ')}.`,
    {
      plugin: 'oauth',
      hint: 'Sign in again and leave every box on the consent page ticked.',
    },
  )
}

/** Is this what a store should hold? */
export function isTokens(value: unknown): value is Tokens {
  if (typeof value !== 'object' || value === null) return false
  const { accessToken, expiresAt, issuedAt, refreshToken, scopes } = value as Record<string, unknown>
  return (
    typeof accessToken === 'string' &&
    Number.isFinite(expiresAt) &&
    Number.isFinite(issuedAt) &&
    (refreshToken === undefined || typeof refreshToken === 'string') &&
    Array.isArray(scopes)
  )
}
