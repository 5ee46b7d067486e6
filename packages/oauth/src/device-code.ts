import { BackupError } from '@backup/core'
import {
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  type DeviceAuthorizationResponse,
} from 'oauth4webapi'
import { ask, type Answer, type AskOptions } from './ask.ts'
import { checkClient, refusedOption, scopeText, type OAuthClient, type Party } from './client.ts'
import { refusalError } from './refusal.ts'
import { pause, timeOf, type TimeOptions } from './time.ts'
import { checkGrant, tokensFrom, type Tokens } from './tokens.ts'

export interface DeviceCodeOptions extends OAuthClient, TimeOptions {
  /** Shows the user where to go and what to enter. Called once. */
  readonly show: (prompt: DevicePrompt) => unknown
  /** [those of the issuer] */
  readonly scopes?: readonly string[]
  readonly signal?: AbortSignal
}

export interface DevicePrompt {
  readonly userCode: string
  readonly verificationUrl: string
  /** The same with the code in it, for a link or a QR code, where the server has one. */
  readonly verificationUrlComplete?: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

const start = ['get a code for the device', 'getting a code for the device'] as const
const wait = ['sign in with the code', 'waiting for the code to be entered'] as const
const timeoutMs = 30_000
const longestPauseMs = 60_000

/**
 * Signs in where there is no browser: the user enters a code on another device (RFC 8628). Asks as rarely as
 * the server wants, and goes on through failures of the network until the code expires.
 *
 * @throws `auth` when the user refused or the code expired; `config`, `throttled`, `transient`, `cancelled`
 *
 * @example
 * ```ts
 * const tokens = await deviceCode({
 *   issuer: microsoft,
 *   clientId,
 *   show: ({ userCode, verificationUrl }) => console.log(`Open ${verificationUrl} and enter ${userCode}`),
 * })
 * ```
 */
export async function deviceCode(options: DeviceCodeOptions): Promise<Tokens> {
  const { issuer, show, signal } = options
  const party = checkClient(options, 'deviceCode')
  if (issuer.deviceEndpoint === undefined) {
    throw refusedOption('deviceCode', 'issuer.deviceEndpoint', 'set for a sign-in by device code')
  }
  if (typeof show !== 'function') throw refusedOption('deviceCode', 'show', 'a function')
  const scope = scopeText(issuer, options.scopes, 'deviceCode')
  const time = timeOf(options)
  const how: AskOptions = { issuer, time, timeoutMs, signal }
  const begun = await begin(party, scope, how)
  if ('refusal' in begun) throw refusalError(issuer, begun.refusal, start[0])
  const device = begun.granted
  const expiresAt = begun.sentAt + device.expires_in * 1000
  await show(promptOf(device, expiresAt))
  const answer = await poll(party, device, time.timers.now() + device.expires_in * 1000, how)
  const tokens = tokensFrom(answer.granted, answer.sentAt, { scopes: scope.split(' ') })
  checkGrant(issuer, scope, tokens)
  return tokens
}

function begin(party: Party, scope: string, how: AskOptions): Promise<Answer<DeviceAuthorizationResponse>> {
  const { server, client, authentication } = party
  return ask(
    {
      doing: start,
      send: (transport) => deviceAuthorizationRequest(server, client, authentication, { scope }, transport),
      read: (response) => processDeviceAuthorizationResponse(server, client, response),
    },
    how,
  )
}

async function poll(
  { server, client, authentication }: Party,
  device: DeviceAuthorizationResponse,
  endsAt: number,
  how: AskOptions,
): Promise<Extract<Answer<Awaited<ReturnType<typeof processDeviceCodeResponse>>>, { granted: unknown }>> {
  const { issuer, time, signal } = how
  // Section 3.2: five seconds when the server names no interval.
  let pauseMs = (device.interval ?? 5) * 1000
  let extraMs = 0
  const question = {
    doing: wait,
    send: (transport: Parameters<typeof deviceCodeGrantRequest>[4] & object) =>
      deviceCodeGrantRequest(server, client, authentication, device.device_code, transport),
    read: (response: Response) => processDeviceCodeResponse(server, client, response),
  }
  for (;;) {
    await pause(time.timers, pauseMs + extraMs, signal, wait[1])
    extraMs = 0
    if (time.timers.now() >= endsAt) {
      throw refusalError(issuer, { status: 400, error: 'expired_token', wantsVerification: false }, wait[0])
    }
    const answer = await ask(question, how).catch((error: unknown) => {
      if (!BackupError.is(error, 'transient')) throw error
      // Section 3.5: ask less often when the connection times out.
      pauseMs = Math.max(pauseMs, Math.min(2 * pauseMs, longestPauseMs))
      return undefined
    })
    if (!answer) continue
    if ('granted' in answer) return answer
    const { refusal } = answer
    // Google sends slow_down with status 403, authorization_pending with 428.
    if (refusal.error === 'authorization_pending') continue
    const error = refusalError(issuer, refusal, wait[0])
    if (!error.retryable) throw error
    if (refusal.error === 'slow_down') pauseMs += 5000
    extraMs = refusal.retryAfterMs ?? 0
  }
}

function promptOf(device: DeviceAuthorizationResponse, expiresAt: number): DevicePrompt {
  return {
    userCode: device.user_code,
    verificationUrl: device.verification_uri,
    ...(device.verification_uri_complete !== undefined && {
      verificationUrlComplete: device.verification_uri_complete,
    }),
    expiresAt,
  }
}
