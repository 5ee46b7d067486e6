import { BackupError, retryAfterMs, throwIfAborted } from '@backup/core'
import { allowInsecureRequests, customFetch } from 'oauth4webapi'
import type { Issuer } from './issuer.ts'
import { knownCode, type Refusal } from './refusal.ts'
import type { Time } from './time.ts'

/** What a server said: what was asked for, or why not. */
export type Answer<T> = { readonly granted: T; readonly sentAt: number } | { readonly refusal: Refusal }

/** Options of every request function of the protocol library. */
export interface Transport {
  [customFetch]: (url: string, init: RequestInit) => Promise<Response>
  /** `checkClient` lets http through for loopback alone. */
  [allowInsecureRequests]: true
}

/** A request, and how to read what is granted. */
export interface Question<T> {
  /** Completes "Cannot …" and "Cancelled while …". */
  readonly doing: readonly [infinitive: string, gerund: string]
  send(transport: Transport): Promise<Response>
  read(response: Response): Promise<T>
}

export interface AskOptions {
  readonly issuer: Issuer
  readonly time: Time
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Token responses have some kilobytes. */
const longestAnswer = 1024 * 1024

/**
 * Sends one request and reads its whole answer within the time limit. Causes are left out of the errors:
 * those of the library carry requests and answers, hence tokens.
 *
 * @throws `transient` without an answer, or with one that is none of this protocol; `cancelled`
 */
export async function ask<T>(question: Question<T>, options: AskOptions): Promise<Answer<T>> {
  const { issuer, time, signal } = options
  const [infinitive, gerund] = question.doing
  throwIfAborted(signal, gerund)
  const sentAt = time.now()
  const exchange = (url: string, init: RequestInit): Promise<Response> =>
    inTime(url, init, options, question.doing)
  const response = await question.send({ [customFetch]: exchange, [allowInsecureRequests]: true })
  if (response.status !== 200) return { refusal: await refusalOf(response, time.now()) }
  try {
    return { granted: await question.read(await adapted(response)), sentAt }
  } catch {
    const why = 'the answer is not one of an authorization server'
    throw new BackupError('transient', `Cannot ${infinitive} at ${issuer.title}: ${why}.`, {
      plugin: 'oauth',
      hint: 'Something between may have answered: a proxy, or a network that wants a sign-in of its own.',
    })
  }
}

async function inTime(
  url: string,
  init: RequestInit,
  { issuer, time, timeoutMs, signal }: AskOptions,
  [infinitive, gerund]: Question<unknown>['doing'],
): Promise<Response> {
  const limit = new AbortController()
  const timer = time.timers.setTimeout(() => limit.abort(), timeoutMs)
  const signals = signal ? [limit.signal, signal] : [limit.signal]
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.any(signals) })
    const { status, headers } = response
    return new Response(await textOf(response), { status: status === 204 ? 200 : status, headers })
  } catch (error) {
    throwIfAborted(signal, gerund)
    const why = limit.signal.aborted
      ? `no answer within ${timeoutMs} ms`
      : `the connection failed${codeOf(error)}`
    throw new BackupError('transient', `Cannot ${infinitive} at ${issuer.title}: ${why}.`, {
      plugin: 'oauth',
    })
  } finally {
    time.timers.clearTimeout(timer)
  }
}

async function textOf({ body }: Response): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body ?? []) {
    length += piece.length
    pieces.push(piece)
    // Whatever this is, it does not parse then.
    if (length > longestAnswer) break
  }
  return Buffer.concat(pieces).toString('utf8')
}

/**
 * An id token is not wanted, so it is not judged either. Google's `verification_url` is older than its name
 * in RFC 8628.
 */
async function adapted(response: Response): Promise<Response> {
  const text = await response.text()
  if (text === '') return new Response(null, { status: 200 })
  const { id_token: _, verification_url: url, ...body } = JSON.parse(text)
  return Response.json(url === undefined ? body : { verification_uri: url, ...body })
}

async function refusalOf(response: Response, now: number): Promise<Refusal> {
  const wait = retryAfterMs(response.headers.get('retry-after'), now)
  const body = await response.json().catch(() => undefined)
  const { error, error_codes: codes, error_description: text, error_subtype: subtype } = Object(body)
  const code = knownCode(error)
  const number = Array.isArray(codes) ? codes[0] : /^AADSTS(\d{4,8})\b/.exec(String(text))?.[1]
  return {
    status: response.status,
    ...(code !== undefined && { error: code }),
    ...(/^\d{4,8}$/.test(String(number)) && { aadsts: Number(number) }),
    wantsVerification: subtype === 'invalid_rapt' || subtype === 'rapt_required',
    ...(wait !== undefined && { retryAfterMs: wait }),
  }
}

function codeOf(error: unknown): string {
  const { cause } = Object(error)
  const { code } = Object(cause)
  return typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? ` (${code})` : ''
}
