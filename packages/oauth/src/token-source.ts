import { throwIfAborted } from '@backup/core'
import { processRefreshTokenResponse, refreshTokenGrantRequest } from 'oauth4webapi'
import { ask } from './ask.ts'
import { checkClient, refusedOption, type OAuthClient } from './client.ts'
import { reauthEvent, type ReauthReason, type ReauthRequired } from './reauth.ts'
import { endedBecause, endedError, refusalError, type Refusal } from './refusal.ts'
import { sharedCall } from './shared-call.ts'
import { checkTimeoutMs, timeOf, type TimeOptions } from './time.ts'
import type { TokenStore } from './token-store.ts'
import { tokensFrom, type Tokens } from './tokens.ts'

export interface TokenSourceOptions extends OAuthClient, TimeOptions {
  readonly store: TokenStore
  /** Names the account in messages and events: its address. [none] */
  readonly account?: string
  /** Called once for each sign-in that has ended, with plain data. [none] */
  readonly onReauthRequired?: (event: ReauthRequired) => void
  /** Longest wait for an answer, in milliseconds, at most 60,000. [30,000] */
  readonly timeoutMs?: number
}

export interface TokenSource {
  /**
   * An access token that lives for at least another minute, where the server gives such.
   *
   * @throws `auth` when somebody has to sign in again; `config` when the client is not accepted; `throttled`
   * with `retryAfterMs`; `transient`, `cancelled`, and what the store throws
   */
  accessToken(options?: AccessTokenOptions): Promise<string>
}

export interface AccessTokenOptions {
  readonly signal?: AbortSignal
  /**
   * The token that a server has just answered with status 401. If it is still the current one, another is
   * fetched.
   */
  readonly rejected?: string
}

const spareMs = 60_000
const doing = ['refresh the access token', 'refreshing the access token'] as const

/**
 * Access tokens for as long as the sign-in lasts. Any number of callers, in any number of processes that
 * share the store, cause one request: whoever gets the lock of the store looks first whether another one was
 * quicker. A new refresh token is stored before the access token that came with it is handed out (RFC 6749,
 * section 6).
 *
 * @throws `config`
 *
 * @example
 * ```ts
 * const tokens = tokenSource({ issuer: microsoft, clientId, store })
 * const headers = { authorization: `Bearer ${await tokens.accessToken()}` }
 * ```
 */
export function tokenSource(options: TokenSourceOptions): TokenSource {
  const { issuer, store, account, onReauthRequired } = options
  const { server, client, authentication } = checkClient(options, 'tokenSource')
  if (typeof store?.lock !== 'function') throw refusedOption('tokenSource', 'store', 'a token store')
  const timeoutMs = checkTimeoutMs(options.timeoutMs ?? 30_000, 60_000, 'tokenSource')
  const time = timeOf(options)

  let current: Tokens | undefined
  /**
   * Fetched, but the store failed; the refresh token they replace says which tokens in the store are older.
   */
  let unsaved: { readonly replaces: string; readonly tokens: Tokens } | undefined
  /** The refresh token that the server does not take any more: it is not asked again. */
  let ended: { readonly token: string; readonly reason: ReauthReason; readonly refusal: Refusal } | undefined
  /** The sign-in whose end was told. */
  let told: string | undefined

  const isUsable = (tokens: Tokens, rejected: string | undefined): boolean => {
    const now = time.now()
    // A clock that was turned back says nothing about the life of a token.
    const plausible = now >= tokens.issuedAt - spareMs
    return tokens.accessToken !== rejected && plausible && now < tokens.expiresAt - spareMs
  }

  const failed = (reason: ReauthReason, signIn: string, refusal?: Refusal): Error => {
    const error = endedError(issuer, account, reason, refusal)
    if (told !== signIn) {
      told = signIn
      try {
        onReauthRequired?.(reauthEvent(issuer, account, reason, error))
      } catch {
        // The error below says the same to whoever asked for the token.
      }
    }
    return error
  }

  const stored = async (): Promise<Tokens | undefined> => {
    const tokens = await store.read()
    if (!unsaved || tokens?.refreshToken !== unsaved.replaces) return tokens
    await store.write(unsaved.tokens)
    const saved = unsaved.tokens
    unsaved = undefined
    return saved
  }

  const request = async (tokens: Tokens, refreshToken: string): Promise<Tokens> => {
    // Shows, too, that the store can be written before the server is asked to replace what is in it.
    await store.write({ ...tokens, refreshSentAt: tokens.refreshSentAt ?? time.now() })
    // Without a signal: an answer that nobody waits for may hold the only valid refresh token.
    const answer = await ask(
      {
        doing,
        send: (transport) =>
          refreshTokenGrantRequest(server, client, authentication, refreshToken, transport),
        read: (response) => processRefreshTokenResponse(server, client, response),
      },
      { issuer, time, timeoutMs },
    )
    if ('granted' in answer) return tokensFrom(answer.granted, answer.sentAt, tokens)
    const { refusal } = answer
    // A clear no has replaced nothing. The mark of an earlier request stays.
    if (refusal.status < 500) await store.write(tokens).catch(() => {})
    const reason = endedBecause(refusal)
    if (reason === undefined) throw refusalError(issuer, refusal, doing[0])
    const likely = reason === 'refused' && tokens.refreshSentAt !== undefined ? 'lost' : reason
    ended = { token: refreshToken, reason: likely, refusal }
    throw failed(likely, refreshToken, refusal)
  }

  const refresh = async (rejected: string | undefined, signal: AbortSignal): Promise<Tokens> => {
    const release = await store.lock(signal)
    try {
      const tokens = await stored()
      if (!tokens) throw failed('signed-out', '')
      if (isUsable(tokens, rejected)) {
        told = undefined
        return (current = tokens)
      }
      const { refreshToken } = tokens
      if (refreshToken === undefined) throw failed('no-refresh-token', tokens.accessToken)
      if (ended?.token === refreshToken) throw failed(ended.reason, refreshToken, ended.refusal)
      throwIfAborted(signal, doing[1])
      const next = await request(tokens, refreshToken)
      unsaved = { replaces: refreshToken, tokens: next }
      await store.write(next)
      unsaved = undefined
      told = undefined
      return (current = next)
    } finally {
      // A lock that cannot be removed ends with its lease; the token must not be lost for it.
      await release().catch(() => {})
    }
  }

  const shared = sharedCall(refresh, doing[1])

  return {
    async accessToken({ signal, rejected } = {}) {
      throwIfAborted(signal, doing[1])
      if (current && isUsable(current, rejected)) return current.accessToken
      const { accessToken } = await shared(rejected, signal)
      if (accessToken !== rejected) return accessToken
      // The call that was joined did not know that this token is refused.
      return (await shared(rejected, signal)).accessToken
    },
  }
}
