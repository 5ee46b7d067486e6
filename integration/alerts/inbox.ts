import {
  type HttpListener,
  httpListener,
  type SenderClock,
  senderClock,
  type SmtpListener,
  smtpListener,
} from '@backup-internal/fakes/listeners'
import type { Alert, Notifier } from '@backup/core'
import { email } from '@backup/email'
import { createWebhookSecret, verifyWebhook, webhook } from '@backup/webhook'
import { onTestFinished } from 'vitest'

/** What its owner and a program were told, by servers that really listen. */
export interface Inbox {
  readonly smtp: SmtpListener
  readonly http: HttpListener
  readonly notify: readonly Notifier[]
  /** What came since somebody looked last; throws where a signature is none. */
  unread(): Promise<News>
}

interface News {
  readonly mails: readonly { readonly subject: string; readonly text: string }[]
  readonly posts: readonly { readonly type: string; readonly source?: string; readonly alert: Alert }[]
}

export interface InboxOptions {
  /** Milliseconds that a mail waits for more to say. */
  readonly gatherMs?: number
  /** Time passes for each of the two while somebody waits for it, and takes none. [they wait as they would] */
  readonly isQuick?: boolean
  /** Then it does not pass before this. */
  readonly begins?: Promise<unknown>
}

/** Both servers are there until the test is over. */
export async function inbox({ gatherMs = 0, isQuick = false, begins }: InboxOptions = {}): Promise<Inbox> {
  const [smtp, http] = [await smtpListener(), await httpListener()]
  onTestFinished(async () => {
    await smtp.close()
    await http.close()
  })
  const secret = createWebhookSecret()
  /** A clock for each: time stands still for the one that is sending, and passes for the one that waits. */
  const timed = (listener: SmtpListener | HttpListener, make: (options: { timers?: SenderClock }) => Notifier): Notifier => {
    if (!isQuick) return make({})
    const clock = senderClock(listener)
    const notifier = make({ timers: clock })
    return {
      ...notifier,
      async notify(event, call) {
        const told = notifier.notify(event, call)
        await begins
        return clock.settle(told)
      },
    }
  }
  let [mails, posts] = [0, 0]
  return {
    smtp,
    http,
    notify: [
      timed(smtp, (timers) =>
        email({
          smtp: { host: smtp.host, port: smtp.port, encryption: 'none' },
          from: 'backup@shop.example',
          to: 'owner@shop.example',
          gatherMs,
          ...timers,
        }),
      ),
      timed(http, (timers) => webhook({ url: `${http.origin}/alerts`, secret, ...timers })),
    ],
    async unread() {
      const letters = smtp.mails.slice(mails).map(({ subject, text }) => ({ subject, text }))
      const requests = http.requests.slice(posts)
      mails += letters.length
      posts += requests.length
      const verified = await Promise.all(requests.map(({ headers, body }) => verifyWebhook({ secret, headers, body })))
      const told = verified.map(({ type, source, data }) => {
        const { alert } = data as unknown as { alert: Alert }
        return { type, ...(source !== undefined && { source }), alert }
      })
      return { mails: letters, posts: told }
    },
  }
}
