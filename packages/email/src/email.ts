import { createHash } from 'node:crypto'
import { hostname } from 'node:os'
import { type Message, messenger, type Notifier } from '@backup/core'
import { createTransport } from 'nodemailer'
import { compose } from './compose.ts'
import { checkOptions, type EmailOptions, type Settings } from './options.ts'
import { refusedSome, smtpError } from './smtp-error.ts'

/** Silence of the server, in milliseconds; the whole attempt has 15 seconds. */
const idleMs = 14_000
/** So many notices in one mail; the others come with the next one. */
const most = 50

/**
 * A notifier that sends mail: alerts, when they are raised and when they are over.
 *
 * What happens within two seconds goes into one mail. A mail that the server does not take for now is tried
 * again: a run waits up to 20 seconds for it, and after that it is sent as soon as possible while the program
 * runs.
 *
 * @throws `config` when an option is wrong. `notify` rejects with `auth`, `config`, `quota`, `permanent` or
 * `transient`.
 *
 * @example
 * ```ts
 * const mail = email({
 *   smtp: { host: 'smtp.example.com', auth: { user: 'backup', pass: process.env.SMTP_PASSWORD ?? '' } },
 *   from: 'backup@example.com',
 *   to: 'owner@example.com',
 *   name: 'iron-store',
 * })
 * createBackup({ source, providers, keys, notify: [mail] })
 * ```
 */
export function email(options: EmailOptions): Notifier {
  const settings = checkOptions(options)
  const { name, wants, gatherMs, timers } = settings
  return messenger({
    plugin: 'email',
    subject: name,
    wants,
    gatherMs,
    timers,
    most,
    send: (message, { signal }) => send(settings, message, signal),
  })
}

async function send(settings: Settings, message: Message, signal: AbortSignal): Promise<void> {
  const { smtp, from, to, zone } = settings
  const { isUrgent, ...mail } = compose(message, { host: hostname(), zone })
  try {
    // A connection of its own: there may be days between two mails.
    const transport = createTransport({
      ...connection(smtp),
      ...(smtp.auth && { auth: await credentials(smtp.auth) }),
    })
    const { rejected } = await transport.sendMail({
      ...mail,
      from,
      to: [...to],
      messageId: messageId(message, from),
      signal,
      // So that nobody's holiday notice answers (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...(isUrgent && { priority: 'high' as const }),
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    if (rejected.length > 0) throw refusedSome(rejected.map(String), smtp.host)
  } catch (error) {
    throw smtpError(error, smtp.host)
  }
}

function connection({ host, port, encryption, ca }: Settings['smtp']) {
  return {
    host,
    port,
    secure: encryption === 'tls',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    connectionTimeout: idleMs,
    greetingTimeout: idleMs,
    socketTimeout: idleMs,
    dnsTimeout: idleMs,
    socketCloseTimeout: 0,
    tls: { minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca }) },
  }
}

async function credentials(auth: NonNullable<Settings['smtp']['auth']>) {
  if ('pass' in auth) return { user: auth.user, pass: auth.pass }
  return { type: 'OAuth2', user: auth.user, accessToken: await auth.accessToken() }
}

/** The same for the same message: where a server took it and could not say so, mail programs show it once. */
function messageId({ subject, notices }: Message, from: string): string {
  const told = `${subject}\n` + notices.map(({ id, at, title }) => `${id}\n${at}\n${title}\n`).join('')
  const domain = /@([\w.-]+)>?\s*$/.exec(from)?.[1] ?? 'backup.invalid'
  return `<${createHash('sha256').update(told).digest('hex').slice(0, 32)}@${domain}>`
}
