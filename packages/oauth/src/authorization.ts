import { BackupError } from '@backup/core'
import {
  authorizationCodeGrantRequest,
  AuthorizationResponseError,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomState,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from 'oauth4webapi'
import { ask } from './ask.ts'
import { checkClient, isSafeUrl, refusedOption, scopeText, type OAuthClient, type Party } from './client.ts'
import { knownCode, refusalError } from './refusal.ts'
import { checkTimeoutMs, timeOf, type TimeOptions } from './time.ts'
import { checkGrant, tokensFrom, type Tokens } from './tokens.ts'

export interface AuthorizationUrlOptions extends OAuthClient {
  /** Where the vendor sends the browser afterwards, exactly as it is registered there. */
  readonly redirectUrl: string
  /** [those of the issuer] */
  readonly scopes?: readonly string[]
  /** Address of the account that is expected, shown on the sign-in page. [none] */
  readonly loginHint?: string
}

/**
 * What has to be remembered until the browser comes back: plain data, for a session that only this user
 * reaches. It holds a secret (the verifier), so it does not belong into a page or a log.
 */
export interface PendingSignIn {
  readonly state: string
  readonly verifier: string
  readonly redirectUrl: string
  readonly scope: string
}

export interface CompleteOptions extends OAuthClient, TimeOptions {
  readonly pending: PendingSignIn
  /** The whole URL the browser came back with. */
  readonly callbackUrl: string
  /** Longest wait for the answer, in milliseconds. [30,000] */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/**
 * Makes the URL that a browser opens to sign in, for hosts with a redirect page of their own: code flow with
 * PKCE (RFC 6749, section 4.1; RFC 7636, method S256).
 *
 * @throws `config`
 *
 * @example
 * ```ts
 * const redirectUrl = 'https://shop.example.com/oauth/callback'
 * const { url, pending } = await authorizationUrl({ issuer: google, clientId, clientSecret, redirectUrl })
 * session.pending = pending
 * response.redirect(url)
 * ```
 */
export async function authorizationUrl(
  options: AuthorizationUrlOptions,
): Promise<{ url: string; pending: PendingSignIn }> {
  const { issuer, clientId, redirectUrl, scopes, loginHint } = options
  checkClient(options, 'authorizationUrl')
  if (!isSafeUrl(redirectUrl))
    throw refusedOption('authorizationUrl', 'redirectUrl', 'an https or loopback URL')
  const scope = scopeText(issuer, scopes, 'authorizationUrl')
  const pending = { state: generateRandomState(), verifier: generateRandomCodeVerifier(), redirectUrl, scope }
  const url = new URL(issuer.authorizationEndpoint)
  const parameters = {
    ...issuer.authorizationParameters,
    ...(loginHint !== undefined && { login_hint: loginHint }),
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUrl,
    scope,
    state: pending.state,
    code_challenge: await calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { url: url.href, pending }
}

/**
 * Exchanges what the browser came back with for tokens. A code works once.
 *
 * @throws `auth` when the user refused, the answer belongs to another sign-in, or the code is not valid (any
 * more); `config`, `throttled`, `transient`, `cancelled`
 *
 * @example
 * ```ts
 * const callbackUrl = `https://shop.example.com${request.url}`
 * const tokens = await complete({ issuer: google, clientId, clientSecret, pending: session.pending,
 * callbackUrl }) await store.write(tokens)
 * ```
 */
export async function complete(options: CompleteOptions): Promise<Tokens> {
  const { issuer, pending, callbackUrl, signal, timeoutMs = 30_000 } = options
  const party = checkClient(options, 'complete')
  checkPending(pending)
  if (!URL.canParse(callbackUrl)) throw refusedOption('complete', 'callbackUrl', 'a whole URL')
  const parameters = checkedAnswer(options, party, new URL(callbackUrl))
  const { server, client, authentication } = party
  const doing = ['exchange the code', 'exchanging the code'] as const
  const answer = await ask(
    {
      doing,
      send: (transport) =>
        authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          parameters,
          pending.redirectUrl,
          pending.verifier,
          transport,
        ),
      read: (response) => processAuthorizationCodeResponse(server, client, response),
    },
    { issuer, time: timeOf(options), timeoutMs: checkTimeoutMs(timeoutMs, 600_000, 'complete'), signal },
  )
  if ('refusal' in answer) throw refusalError(issuer, answer.refusal, doing[0])
  const tokens = tokensFrom(answer.granted, answer.sentAt, { scopes: pending.scope.split(' ') })
  checkGrant(issuer, pending.scope, tokens)
  return tokens
}

function checkedAnswer({ issuer, pending }: CompleteOptions, party: Party, callback: URL): URLSearchParams {
  // Sent by servers that have several issuers behind one endpoint; there is nothing to compare it with.
  if (issuer.identifier === undefined) callback.searchParams.delete('iss')
  try {
    const parameters = validateAuthResponse(party.server, party.client, callback, pending.state)
    if (parameters.get('code')) return parameters
    throw new Error('no code')
  } catch (error) {
    if (error instanceof AuthorizationResponseError) {
      const code = knownCode(error.error)
      const refusal = { status: 400, wantsVerification: false, ...(code !== undefined && { error: code }) }
      throw refusalError(issuer, refusal, 'sign in')
    }
    const why = 'the answer does not belong to the sign-in that was started'
    throw new BackupError('auth', `Cannot sign in at ${issuer.title}: ${why}.`, {
      plugin: 'oauth',
      hint: 'Start the sign-in again, in one window. If it happens often, another page may be interfering.',
    })
  }
}

function checkPending(pending: PendingSignIn): void {
  const { state, verifier, redirectUrl, scope } = Object(pending)
  if ([state, verifier, redirectUrl, scope].every((part) => typeof part === 'string' && part !== '')) return
  throw refusedOption('complete', 'pending', 'what authorizationUrl() returned')
}
