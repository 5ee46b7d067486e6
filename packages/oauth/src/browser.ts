import { BackupError, throwIfAborted } from '@backup/core'
import { authorizationUrl, complete } from './authorization.ts'
import { checkClient, refusedOption, type OAuthClient } from './client.ts'
import { listenOnLoopback } from './loopback.ts'
import { checkTimeoutMs, pause, timeOf, unlessAborted, type Time, type TimeOptions } from './time.ts'
import type { Tokens } from './tokens.ts'

export interface BrowserOptions extends OAuthClient, TimeOptions {
  /** Opens a URL in the browser of the user, on this machine. */
  readonly open: (url: string) => unknown
  /** [those of the issuer] */
  readonly scopes?: readonly string[]
  /** Address of the account that is expected, shown on the sign-in page. [none] */
  readonly loginHint?: string
  /** Time the user has, in milliseconds. [300,000] */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

const doing = 'waiting for the sign-in in the browser'

/**
 * Signs in with a browser on this machine, which comes back to a port that is open for just as long (RFC
 * 8252, with PKCE, RFC 7636). The port is closed when this settles, whatever happened.
 *
 * @throws `auth` when the user refused, the answer is not for this sign-in, or none came in time; `config`
 * when the client is not accepted; `throttled`, `transient`, `cancelled`
 *
 * @example
 * ```ts
 * const open = (url: string) => console.log(`Please open ${url}`)
 * await store.write(await authorizeInBrowser({ issuer: google, clientId, clientSecret, open }))
 * ```
 */
export async function authorizeInBrowser(options: BrowserOptions): Promise<Tokens> {
  const { issuer, open, signal, timeoutMs = 300_000 } = options
  checkClient(options, 'authorizeInBrowser')
  if (typeof open !== 'function') throw refusedOption('authorizeInBrowser', 'open', 'a function')
  checkTimeoutMs(timeoutMs, 86_400_000, 'authorizeInBrowser')
  throwIfAborted(signal, doing)
  const time = timeOf(options)
  const loopback = await listenOnLoopback(issuer.loopbackHost).catch((error: unknown) => {
    throw new BackupError('busy', 'Cannot open a port on this machine for the sign-in.', {
      plugin: 'oauth',
      cause: error,
    })
  })
  try {
    const { url, pending } = await authorizationUrl({ ...options, redirectUrl: loopback.redirectUrl })
    // Never awaited: on some systems the opener ends only with the browser.
    const failed = opening(open, url)
    const callbackUrl = await inTime(Promise.race([loopback.callbackUrl, failed]), time, timeoutMs, signal)
    return await complete({ ...options, pending, callbackUrl, timeoutMs: 30_000 })
  } finally {
    await loopback.close()
  }
}

/**
 * Rejects when the browser cannot be opened, and never resolves. Its error may show the URL, so it is left
 * out.
 */
async function opening(open: BrowserOptions['open'], url: string): Promise<never> {
  try {
    await open(url)
  } catch {
    throw new BackupError('config', 'Cannot open the browser: the function given as "open" failed.', {
      plugin: 'oauth',
      key: 'open',
      hint: 'Show the URL to the user instead, or sign in with deviceCode().',
    })
  }
  return new Promise<never>(() => {})
}

async function inTime(
  callbackUrl: Promise<string>,
  { timers }: Time,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  const done = new AbortController()
  const over = pause(timers, timeoutMs, done.signal, doing).then(
    () => 'over' as const,
    () => 'over' as const,
  )
  try {
    const first = await unlessAborted(Promise.race([callbackUrl, over]), signal, doing)
    if (first !== 'over') return first
  } finally {
    done.abort()
  }
  throw new BackupError('auth', `Nobody signed in within ${Math.round(timeoutMs / 1000)} seconds.`, {
    plugin: 'oauth',
    hint: 'Start the sign-in again.',
  })
}
