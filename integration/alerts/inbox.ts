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
  /** Lets time pass for the two, where it is quick, until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T>
}

interface News {
  readonly mails: readonly { readonly subject: string; readonly text: string }[]
  readonly posts: readonly { readonly type: string; readonly source?: string; readonly alert: Alert }[]
}

export interface InboxOptions {
  /** Milliseconds that a mail waits for more to say. */
  readonly gatherMs?: number
  /** Time passes for the two in `settle` alone, and takes none. [they wait as they would] */
  readonly isQuick?: boolean
}

/** Both servers are there until the test is over. */
export async function inbox({ gatherMs = 0, isQuick = false }: InboxOptions = {}): Promise<Inbox> {
  const [smtp, http] = [await smtpListener(), await httpListener()]
  onTestFinished(async () => {
    await smtp.close()
    await http.close()
  })
  const secret = createWebhookSecret()
  // One for each: time stands still for the one that is sending, and passes for the one that waits.
  const clocks = isQuick ? { smtp: senderClock(smtp), http: senderClock(http) } : undefined
  let [mails, posts] = [0, 0]
  return {
    smtp,
    http,
    notify: [
      email({
        smtp: { host: smtp.host, port: smtp.port, encryption: 'none' },
        from: 'backup@shop.example',
        to: 'owner@shop.example',
        gatherMs,
        ...timersOf(clocks?.smtp),
      }),
      webhook({ url: `${http.origin}/alerts`, secret, ...timersOf(clocks?.http) }),
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
    async settle(promise) {
      await Promise.allSettled(Object.values(clocks ?? {}).map((clock) => clock.settle(promise)))
      return promise
    },
  }
}

const timersOf = (timers: SenderClock | undefined): { timers?: SenderClock } => (timers ? { timers } : {})
