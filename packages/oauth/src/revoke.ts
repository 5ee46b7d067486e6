import { processRevocationResponse, revocationRequest } from 'oauth4webapi'
import { ask } from './ask.ts'
import { checkClient, refusedOption, type OAuthClient } from './client.ts'
import { refusalError } from './refusal.ts'
import { timeOf, type TimeOptions } from './time.ts'
import type { Tokens } from './tokens.ts'

export interface RevokeOptions extends OAuthClient, TimeOptions {
  readonly tokens: Tokens
  readonly signal?: AbortSignal
}

const doing = ['revoke the sign-in', 'revoking the sign-in'] as const

/**
 * Takes the sign-in back at the server (RFC 7009). Google then forgets the consent to all clients of the same
 * project; Microsoft has nothing of the kind, and users remove an application in their account instead.
 *
 * @throws `config` when the issuer has no such endpoint; `throttled`, `transient`, `cancelled`
 *
 * @example
 * ```ts
 * await revoke({ issuer: google, clientId, clientSecret, tokens })
 * ```
 */
export async function revoke(options: RevokeOptions): Promise<void> {
  const { issuer, tokens, signal } = options
  const { server, client, authentication } = checkClient(options, 'revoke')
  if (issuer.revocationEndpoint === undefined) {
    throw refusedOption('revoke', 'issuer.revocationEndpoint', 'set, which it is not for this vendor')
  }
  const token = tokens.refreshToken ?? tokens.accessToken
  const answer = await ask(
    {
      doing,
      send: (transport) => revocationRequest(server, client, authentication, token, transport),
      read: (response) => processRevocationResponse(response),
    },
    { issuer, time: timeOf(options), timeoutMs: 30_000, signal },
  )
  // Google answers so when there is nothing left to revoke.
  if ('refusal' in answer && answer.refusal.error !== 'invalid_token') {
    throw refusalError(issuer, answer.refusal, doing[0])
  }
}
