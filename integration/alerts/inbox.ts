import { type HttpListener, httpListener, type SmtpListener, smtpListener } from '@backup-internal/fakes/listeners'
import type { Alert, Notifier, Timers } from '@backup/core'
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

export interface News {
  readonly mails: readonly { readonly subject: string; readonly text: string }[]
  readonly posts: readonly { readonly type: string; readonly source?: string; readonly alert: Alert }[]
}

export interface InboxOptions {
  /** Milliseconds that a mail waits for more to say. */
  readonly gatherMs?: number
  readonly timers?: Timers
}

/** Both servers are there until the test is over. */
export async function inbox({ gatherMs = 0, timers }: InboxOptions = {}): Promise<Inbox> {
  const [smtp, http] = [await smtpListener(), await httpListener()]
  onTestFinished(async () => {
    await smtp.close()
    await http.close()
  })
  const secret = createWebhookSecret()
  const patience = timers ? { timers } : {}
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
        ...patience,
      }),
      webhook({ url: `${http.origin}/alerts`, secret, ...patience }),
    ],
    async unread() {
      const letters = smtp.mails.slice(mails).map(({ subject, text }) => ({ subject, text }))
      const requests = http.requests.slice(posts)
      mails += letters.length
      posts += requests.length
      const verified = await Promise.all(requests.map(({ headers, body }) => verifyWebhook({ secret, headers, body })))
      return {
        mails: letters,
        posts: verified.map(({ type, source, data }) => ({ type, ...(source !== undefined && { source }), alert: (data as unknown as { alert: Alert }).alert })),
      }
    },
  }
}

/** So many times as fast as the real ones: waiting for servers that hang would take a minute otherwise. */
const speed = 15
export const quick: Timers = {
  now: () => performance.now() * speed,
  setTimeout: (callback, ms) => setTimeout(callback, ms / speed),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
}
