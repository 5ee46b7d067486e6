import { BackupError, throwIfAborted } from '@backup/core'
import type { TokenSource } from '@backup/oauth'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Reply, Request } from './connection.ts'
import { driveError } from './drive-error.ts'
import { exchange } from './exchange.ts'
import { networkMeaning } from './meanings.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface ServiceAccountOptions {
  /** `client_email` of the key file: `'backup@shop.iam.gserviceaccount.com'`. */
  readonly clientEmail: string
  /** `private_key` of the key file, in PEM. */
  readonly privateKey: string
  /** The user on whose behalf it acts, in a domain that has delegated that to it. [none] */
  readonly subject?: string
  /** What to ask for. ['https://www.googleapis.com/auth/drive.file'] */
  readonly scopes?: readonly string[]
  /** The token endpoint, for tests. [Google's] */
  readonly tokenUrl?: string
}

/** A prepared request of the library, as far as it is looked at. */
interface Prepared {
  readonly url: URL | string
  retryConfig?: { readonly retry: number; readonly noResponseRetries: number }
  readonly method?: string
  readonly headers: Headers
  readonly body?: unknown
}

/** The clock of this machine may differ from Google's. */
const spareMs = 60_000
const idleMs = 30_000

/**
 * Access tokens for a service account: an identity without a person, for servers. It has no storage of its
 * own, so it stores in a shared drive, or on behalf of a `subject`.
 *
 * @throws `config` naming the option that is wrong
 *
 * @example
 * ```ts
 * const { client_email: clientEmail, private_key: privateKey } = keyFile
 * gdrive({ auth: serviceAccount({ clientEmail, privateKey }), sharedDrive: '0AFz…', folder: 'shop' })
 * ```
 */
export function serviceAccount(options: ServiceAccountOptions): TokenSource {
  check(options)
  const { clientEmail, privateKey, subject, tokenUrl } = options
  const scopes = [...(options.scopes ?? ['https://www.googleapis.com/auth/drive.file'])]
  let current: { readonly token: string; readonly expiresAt: number } | undefined
  let fetching: Promise<string> | undefined

  const fetchToken = async (): Promise<string> => {
    const request = { doing: 'get an access token for the service account', key: clientEmail }
    try {
      const { auth } = await import('@googleapis/drive')
      const client = new auth.JWT({
        email: clientEmail,
        key: privateKey,
        scopes,
        transporterOptions: { adapter: sender(tokenUrl, request) as never },
        ...(subject !== undefined && { subject }),
      })
      const { access_token: token, expiry_date: expiresAt } = await client.authorize()
      if (typeof token !== 'string') throw noToken()
      current = { token, expiresAt: expiresAt ?? Date.now() + spareMs }
      return token
    } catch (error) {
      throw failure(error, request)
    }
  }

  return {
    async accessToken({ signal, rejected } = {}) {
      const doing = 'getting an access token'
      throwIfAborted(signal, doing)
      if (current && current.token !== rejected && Date.now() < current.expiresAt - spareMs)
        return current.token
      fetching ??= fetchToken().finally(() => {
        fetching = undefined
      })
      return unlessAborted(fetching, signal, doing)
    },
  }
}

/** Sends what the library has signed, once. */
function sender(tokenUrl: string | undefined, request: Request): (prepared: Prepared) => Promise<unknown> {
  return async (prepared) => {
    const { url, method, headers, body } = prepared
    // Whatever it was told before, it would ask again by itself.
    prepared.retryConfig = { retry: 0, noResponseRetries: 0 }
    const to = new URL(tokenUrl ?? url)
    const agent = to.protocol === 'https:' ? new TlsAgent() : new Agent()
    const answer = await exchange({
      method: method ?? 'POST',
      url: to,
      headers: { ...Object.fromEntries(headers), 'content-type': 'application/x-www-form-urlencoded' },
      body: Buffer.from(String(body)),
      agent,
      idleMs,
      signal: undefined,
      onSent: undefined,
    })
    const reply = { status: answer.status, headers: answer.headers, data: objectIn(answer.body) }
    if (answer.status !== 200) throw refusal(reply, request)
    return { ...reply, config: prepared }
  }
}

/** What was signed is in the errors of the library, so nothing of them is kept but what is ours. */
function failure(error: unknown, request: Request): BackupError {
  const cause = BackupError.is(error) ? error : (error as { cause?: unknown }).cause
  if (BackupError.is(cause)) return cause
  const { code } = (cause ?? {}) as { code?: unknown }
  if (typeof code === 'string' && networkMeaning(code)) return driveError(cause, request, 0)
  return new BackupError('config', 'The private key of the service account cannot be used.', {
    plugin: 'gdrive',
    key: 'privateKey',
    hint: 'Give "private_key" of the key file as it is, with its line breaks.',
  })
}

function refusal(reply: Reply<{ readonly error?: unknown }>, request: Request): BackupError {
  const { status, data } = reply
  if (status === 429 || status >= 500) return driveError({ ...reply, data: {} }, request, Date.now())
  const code = typeof data.error === 'string' && /^\w+$/.test(data.error) ? data.error : `status ${status}`
  return new BackupError('auth', `Google does not accept the service account (${code}).`, {
    plugin: 'gdrive',
    key: request.key,
    hint: 'Check that the key still exists, and, with a "subject", that the domain has delegated the scope.',
  })
}

function objectIn(body: Buffer): object {
  try {
    const data: unknown = JSON.parse(body.toString())
    return typeof data === 'object' && data !== null ? data : {}
  } catch {
    return {}
  }
}

function noToken(): BackupError {
  return new BackupError('transient', 'Google answered without an access token.', { plugin: 'gdrive' })
}

function check({ clientEmail, privateKey, subject, scopes, tokenUrl }: ServiceAccountOptions): void {
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  const rows = [
    ['clientEmail', isText(clientEmail), '"client_email" of the key file'],
    ['privateKey', isText(privateKey), '"private_key" of the key file'],
    ['subject', subject === undefined || isText(subject), 'the address of a user'],
    [
      'scopes',
      scopes === undefined || (Array.isArray(scopes) && scopes.length > 0 && scopes.every(isText)),
      'a list of scopes',
    ],
    ['tokenUrl', tokenUrl === undefined || URL.canParse(tokenUrl), 'an address'],
  ] as const
  for (const [option, isRight, wanted] of rows) {
    if (isRight) continue
    const message = `Option "${option}" of serviceAccount() must be ${wanted}.`
    throw new BackupError('config', message, { plugin: 'gdrive', key: option })
  }
}
