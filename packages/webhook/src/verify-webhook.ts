import { BackupError } from '@backup/core'
import { isSigned, secretKeys, signedText } from './secret.ts'
import type { WebhookPayload } from './webhook.ts'

export interface VerifyWebhookOptions {
  /** The secret of the sender, or several of which any will do. */
  readonly secret: string | readonly string[]
  /** Those of the request: a `Headers`, or an object with names in lower case. */
  readonly headers:
    { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body exactly as it came, before any parsing. */
  readonly body: string | Uint8Array
  /** Milliseconds by which the clocks may differ and a message may be late. [300,000] */
  readonly toleranceMs?: number
  /** The time. [now] */
  readonly now?: Date
}

export interface VerifiedWebhook extends WebhookPayload {
  /** The same however often the message is sent: remember it for a while, and drop what you know already. */
  readonly id: string
}

/**
 * For the receiving side: what a message of `webhook()` says, if it is genuine and not older than five
 * minutes.
 *
 * @throws `auth` when it is not; `corrupt` when it is and its body is no JSON; `config` when the secret is
 * none
 *
 * @example
 * ```ts
 * export async function POST(request: Request): Promise<Response> {
 *   const body = await request.text()
 *   const { type, data } = await verifyWebhook({ secret, headers: request.headers, body })
 *   return new Response(null, { status: 204 })
 * }
 * ```
 */
export async function verifyWebhook(options: VerifyWebhookOptions): Promise<VerifiedWebhook> {
  const { secret, headers, body, toleranceMs = 300_000, now = new Date() } = options
  const keys = secretKeys('verifyWebhook', secret)
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    headerOf(headers, name),
  )
  if (!id || !timestamp || !signature)
    throw refused('it lacks one of the headers webhook-id, webhook-timestamp, webhook-signature')
  if (id.includes('.')) throw refused('its id contains a full stop')
  // Signed before believed: whoever has no key learns nothing about the clock.
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  if (!(await isSigned(await keys(), signature, signedText(id, timestamp, bytes))))
    throw refused('it is not signed with this secret')
  const lateMs = Math.abs(now.getTime() - Number(timestamp) * 1000)
  if (!/^\d{1,12}$/.test(timestamp) || lateMs > toleranceMs)
    throw refused('it is too old, or from the future')
  try {
    return { id, ...(JSON.parse(new TextDecoder().decode(bytes)) as WebhookPayload) }
  } catch {
    throw new BackupError('corrupt', 'The body of the webhook is no JSON.', { plugin: 'webhook' })
  }
}

function headerOf(headers: VerifyWebhookOptions['headers'], name: string): string | undefined {
  if (typeof headers['get'] === 'function') return headers['get'](name) ?? undefined
  const value = (headers as Readonly<Record<string, string | readonly string[] | undefined>>)[name]
  return typeof value === 'string' ? value : value?.[0]
}

function refused(why: string): BackupError {
  return new BackupError('auth', `The webhook is refused: ${why}.`, {
    plugin: 'webhook',
    hint: 'Answer 401. If it should be genuine, compare the secrets and the clocks of both sides.',
  })
}
