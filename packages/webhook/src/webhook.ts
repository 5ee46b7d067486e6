import { type BackupEvent, contract, createDelivery, isAlert, matterOf, type Notifier, type Timers } from '@backup/core'
import { check, checkAddress } from './options.ts'
import { post } from './post.ts'
import { secretKeys, sign, signedText } from './secret.ts'

export interface WebhookOptions {
  /** Where to post. Redirects are not followed. */
  readonly url: string
  /**
   * What the messages are signed with, as `createWebhookSecret()` makes it: `'whsec_…'`. With several, each
   * signs, so that the receiver can change over.
   */
  readonly secret: string | readonly string[]
  /** What is backed up; the receiver is told it as `source`. [the label of the source, where the event says it] */
  readonly name?: string
  /** Which events. [alerts] */
  readonly wants?: (event: BackupEvent) => boolean
  /** For waiting. [the system's] */
  readonly timers?: Timers
}

/** The body of a message, as JSON. */
export interface WebhookPayload {
  /** That of the event: `alert-raised`. */
  readonly type: BackupEvent['type']
  /** When it happened, as ISO 8601. */
  readonly timestamp: string
  /** What it is about: the option `name`, or the label of the source where the event says it. */
  readonly source?: string
  /** Dates in it are ISO 8601. */
  readonly data: BackupEvent
}

interface Letter {
  readonly id: string
  readonly body: string
}

/**
 * A notifier that posts each event as JSON, signed according to Standard Webhooks, version 1.0.0: headers
 * `webhook-id`, the same at every attempt, `webhook-timestamp` and `webhook-signature`. Any 2xx is a receipt.
 *
 * Events are posted one after the other. What cannot be posted for now is tried again; what is refused for
 * good is not.
 *
 * @throws `config` when an option is wrong. `notify` rejects with `auth`, `config`, `permanent`, `throttled`
 * or `transient`.
 * @see https://www.standardwebhooks.com
 *
 * @example
 * ```ts
 * const url = 'https://shop.example.com/hooks/backup'
 * const hook = webhook({ url, secret: process.env.WEBHOOK_SECRET ?? '' })
 * createBackup({ source, providers, keys, notify: [hook] })
 * ```
 */
export function webhook(options: WebhookOptions): Notifier {
  const plugin = 'webhook'
  const { url, secret, name, wants = isAlert, timers } = (options ?? {}) as WebhookOptions
  const address = checkAddress(plugin, 'url', url, false)
  const keys = secretKeys(plugin, secret)
  check(plugin, 'name', name === undefined || typeof name === 'string', 'text')
  check(plugin, 'wants', typeof wants === 'function', 'a function')

  const delivery = createDelivery<Letter>({
    plugin,
    gatherMs: 0,
    most: 1,
    attemptMs: 15_000,
    timers,
    async deliver([letter], { signal }) {
      const { id, body } = letter!
      // Of the attempt: a receiver refuses what is old, because it may have been recorded and sent again.
      const timestamp = String(Math.floor(Date.now() / 1000))
      const signature = await sign(await keys(), signedText(id, timestamp, new TextEncoder().encode(body)))
      const headers = {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signature,
      }
      await post({ plugin, address, headers, body, signal })
    },
  })
  return {
    contract,
    name: plugin,
    wants,
    notify(event, { signal }) {
      const source = name ?? ('label' in event ? event.label : undefined)
      const payload: WebhookPayload = {
        type: event.type,
        timestamp: new Date(event.at).toISOString(),
        ...(source !== undefined && { source }),
        data: event,
      }
      return delivery.add({ id: newId(), body: JSON.stringify(payload) }, signal, matterOf(event))
    },
  }
}

/** Without a full stop, which would end it in what is signed. */
function newId(): string {
  return `msg_${crypto.randomUUID().replaceAll('-', '')}`
}
