import { BackupError, type BackupEvent, type Timers, isZone } from '@backup/core'

export interface EmailOptions {
  /** The server that takes the mail and passes it on. */
  readonly smtp: SmtpOptions
  /** Who it comes from: `'backup@shop.example'`, `'Backups <backup@shop.example>'`. */
  readonly from: string
  /** Whom it goes to, one address or several. */
  readonly to: string | readonly string[]
  /**
   * What is backed up, as the reader calls it; the subject begins with it. [the label of the source]
   */
  readonly name?: string
  /** Which events. `isAlertOrFailure` of core adds runs that failed. [alerts] */
  readonly wants?: (event: BackupEvent) => boolean
  /** IANA zone of the times in the mail: `'Europe/Berlin'`. [the system's] */
  readonly zone?: string
  /** Milliseconds that a mail waits for more to say, 0 to 10,000. [2000] */
  readonly gatherMs?: number
  /** For waiting. [the system's] */
  readonly timers?: Timers
}

export interface SmtpOptions {
  /** Name or address of the server: `'smtp.example.com'`. */
  readonly host: string
  /** [465 with encryption `'tls'`, otherwise 587] */
  readonly port?: number
  /**
   * `'starttls'` goes over to TLS before anything of interest is said, and gives up where the server cannot;
   * `'tls'` is encrypted from the first byte; `'none'` is for servers on this machine, and for those that
   * want no sign-in. [`'tls'` with port 465, otherwise `'starttls'`]
   */
  readonly encryption?: 'starttls' | 'tls' | 'none'
  /** How to sign in. [not at all] */
  readonly auth?: SmtpAuth
  /**
   * Certificate, in PEM, of the authority that has signed that of the server, where the system does not know
   * it. [none]
   */
  readonly ca?: string
}

/** A password, or a token for servers that want OAuth 2 (XOAUTH2), such as those of Google and Microsoft. */
export type SmtpAuth =
  | { readonly user: string; readonly pass: string }
  | { readonly user: string; readonly accessToken: () => Promise<string> }

/** Options that were checked, with their defaults. */
export interface Settings extends EmailOptions {
  readonly to: readonly string[]
  readonly smtp: SmtpOptions & Required<Pick<SmtpOptions, 'port' | 'encryption'>>
}

type Check = readonly [option: string, isRight: boolean, wanted: string]

/** @throws `config` naming the option, never its value: it may be a secret in the wrong place. */
export function checkOptions(options: EmailOptions): Settings {
  const { smtp, from, to, zone, gatherMs = 0, name = '' } = (options ?? {}) as Partial<EmailOptions>
  const {
    host,
    auth,
    ca,
    encryption = smtp?.port === 465 ? 'tls' : 'starttls',
  } = (smtp ?? {}) as Partial<SmtpOptions>
  const { port = encryption === 'tls' ? 465 : 587 } = smtp ?? {}
  const addresses = [to].flat()
  const checks: readonly Check[] = [
    [
      'smtp.host',
      isText(host) && /^[\w.:-]+$/.test(host),
      "the name of a mail server, such as 'smtp.example.com'",
    ],
    ['smtp.port', Number.isInteger(port) && port > 0 && port < 65_536, 'a number from 1 to 65,535'],
    ['smtp.encryption', ['starttls', 'tls', 'none'].includes(encryption), "'starttls', 'tls' or 'none'"],
    ['smtp.auth', auth === undefined || isAuth(auth), '{ user, pass } or { user, accessToken }'],
    ['smtp.ca', ca === undefined || /-----BEGIN CERTIFICATE-----/.test(ca), 'a certificate in PEM'],
    ['from', isAddress(from), "an address, such as 'backup@example.com'"],
    ['to', addresses.length > 0 && addresses.every(isAddress), 'an address or several'],
    ['name', typeof name === 'string', 'text'],
    ['zone', zone === undefined || isZone(zone), "an IANA zone, such as 'Europe/Berlin'"],
    [
      'gatherMs',
      Number.isInteger(gatherMs) && gatherMs >= 0 && gatherMs <= 10_000,
      '0 to 10,000 milliseconds',
    ],
  ]
  const wrong = checks.find(([, isRight]) => !isRight)
  if (wrong) throw refused(wrong[0], `must be ${wrong[2]}`)
  if (encryption === 'none' && auth && !isLoopback(host!)) {
    throw refused(
      'smtp.encryption',
      "must not be 'none' with a sign-in: anybody on the way could read the password",
    )
  }
  return { ...(options as EmailOptions), to: addresses as string[], smtp: { ...smtp!, port, encryption } }
}

function refused(option: string, why: string): BackupError {
  return new BackupError('config', `Option "${option}" of email() ${why}.`, { plugin: 'email', key: option })
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isAddress(value: unknown): boolean {
  return isText(value) && /^[^\r\n]*[^\s@]@[^\s@]+$/.test(value)
}

function isAuth({ user, ...rest }: SmtpAuth): boolean {
  const { pass, accessToken } = rest as { pass?: unknown; accessToken?: unknown }
  return isText(user) && (isText(pass) || typeof accessToken === 'function')
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d+){3}$/.test(host)
}
