import { BackupError, networkProblem, retryAfterMs } from '@backup/core'
import { httpRefusal, meaningOfProblem, type Meaning } from './meanings.ts'

export interface Post {
  readonly plugin: string
  /** Often a secret: only its host is ever told. */
  readonly address: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly signal: AbortSignal
  /**
   * What an answer means to this receiver, whatever its status: `'ok'` or a refusal. `undefined` leaves it to
   * the status.
   */
  readonly meaningOf?: (answer: Answer) => 'ok' | Meaning | undefined
}

export interface Answer {
  readonly status: number
  readonly isOk: boolean
  /** The beginning of the body. */
  readonly text: string
}

/** Nobody says more that is of interest. */
const mostBytes = 16_384

/**
 * Sends once. Redirects are not followed: what is sent is meant for this host, and the address may be a
 * secret.
 *
 * @throws `BackupError`, with no part of the address but its host, and nothing of what was sent or answered
 * but known codes
 */
export async function post(request: Post): Promise<void> {
  const { plugin, address, headers, body, signal, meaningOf } = request
  let response: Response
  let text: string
  try {
    response = await fetch(address, { method: 'POST', headers, body, signal, redirect: 'manual' })
    text = await beginning(response)
  } catch (error) {
    const code = codeOf(error)
    const [kind, what, hint] = meaningOfProblem(networkProblem(code))
    throw failure(request, kind, `${what}${code === '' ? '' : ` (${code})`}`, hint)
  }
  const answer = { status: response.status, isOk: response.ok, text }
  const meaning = meaningOf?.(answer) ?? (response.ok ? 'ok' : httpRefusal(response.status))
  if (meaning === 'ok') return
  const [kind, what, hint, code] = meaning
  const seen = [
    ...(code === undefined ? [] : [code]),
    ...(response.status === 0 ? [] : [`status ${response.status}`]),
  ]
  throw failure(
    { plugin, address },
    kind,
    `${what}${seen.length === 0 ? '' : ` (${seen.join(', ')})`}`,
    hint,
    response,
  )
}

function failure(
  { plugin, address }: Pick<Post, 'plugin' | 'address'>,
  kind: Meaning[0],
  what: string,
  hint: string | undefined,
  response?: Response,
): BackupError {
  const wait = kind === 'throttled' || kind === 'transient' ? waitOf(response) : undefined
  return new BackupError(kind, `Cannot post to ${address.host}: ${what}.`, {
    plugin,
    ...(hint !== undefined && { hint }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  })
}

function waitOf(response: Response | undefined): number | undefined {
  return retryAfterMs(response?.headers.get('retry-after'), Date.now())
}

/** Node's `fetch` says what happened in the cause; other runtimes say nothing that is worth telling. */
function codeOf(error: unknown): string {
  const { code } = ((error as Error | undefined)?.cause ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z_]{3,50}$/.test(code) ? code : ''
}

async function beginning(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  for (let bytes = 0; bytes < mostBytes;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    text += decoder.decode(value, { stream: true })
  }
  await reader.cancel()
  return text
}

/** The body as a JSON object; empty when it is none. */
export function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
