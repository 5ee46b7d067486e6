import { BackupError, type ErrorKind, networkProblem, type NetworkProblem } from '@backup/core'

/** What nodemailer throws, as far as it is looked at. */
interface SmtpFailure {
  readonly code?: unknown
  /** What `code` was before nodemailer put its own there. */
  readonly originalCode?: unknown
  readonly command?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
}

type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

const refusedLogin: Meaning = [
  'auth',
  'the server does not accept user and password',
  'Check "smtp.auth"; some servers want a password made for applications, or OAuth 2.',
]
const noLogin: Meaning = [
  'config',
  'the server has no way of signing in that is known here',
  'Check "smtp.auth" and "smtp.encryption".',
]
const noTls: Meaning = [
  'config',
  'the server does not go over to TLS',
  'Set "smtp.encryption" to \'tls\' and the port to 465, if the server has that.',
]
const untrusted: Meaning = [
  'config',
  'the certificate of the server is not trusted',
  'Check "smtp.host", or name its authority as "smtp.ca".',
]
const later: Meaning = ['transient', 'the server asks to try again later']
const full: Meaning = ['quota', 'the mailbox is full', 'Empty the mailbox, or name another one as "to".']

const noRecipient: Meaning = ['permanent', 'the server does not accept the recipient', 'Check "to".']
const lost: Meaning = ['transient', 'the connection broke']
const unreachable: Meaning = [
  'transient',
  'the server is out of reach',
  'Check the network, "smtp.host" and "smtp.port".',
]
const silent: Meaning = [
  'transient',
  'the server did not answer in time',
  'Check "smtp.encryption": port 465 wants \'tls\'.',
]

const byProblem: Readonly<Record<NetworkProblem, Meaning>> = { lost, unreachable, silent, untrusted }

/** Of nodemailer, where the server has not answered with a code of its own. */
const byCode: Readonly<Record<string, Meaning>> = {
  EAUTH: noLogin,
  ENOAUTH: noLogin,
  ETLS: noTls,
  EDNS: unreachable,
  ECONNECTION: lost,
  ESOCKET: lost,
  ETIMEDOUT: silent,
  EABORT: silent,
  EPROTOCOL: [
    'transient',
    'the answer makes no sense',
    'Check "smtp.host" and "smtp.port": is that a mail server?',
  ],
}

/** By the command that was refused for good. */
const byCommand: Readonly<Record<string, Meaning>> = {
  STARTTLS: noTls,
  'MAIL FROM': [
    'permanent',
    'the server does not accept the sender',
    'Check "from": many servers accept only the address of the account.',
  ],
  'RCPT TO': noRecipient,
  DATA: ['permanent', 'the server does not accept the mail', 'Ask who runs the mail server.'],
}

/**
 * Translates a failure. What the server says is left out but for its codes (RFC 5321, RFC 3463): it may
 * repeat what it was sent.
 */
export function smtpError(error: unknown, host: string): BackupError {
  if (BackupError.is(error)) return error
  const failure = (error ?? {}) as SmtpFailure
  const [kind, what, hint] = meaningOf(failure)
  return new BackupError(kind, `Cannot send mail by ${host}: ${what}${shown(failure)}.`, {
    plugin: 'email',
    ...(hint !== undefined && { hint }),
  })
}

/** Some got it and some did not; to send it again would tell the others twice. */
export function refusedSome(refused: readonly string[], host: string): BackupError {
  const message = `Mail was sent by ${host}, but the server does not accept ${refused.join(', ')}.`
  return new BackupError('permanent', message, { plugin: 'email', hint: 'Check "to".' })
}

function meaningOf({ code, originalCode, command, responseCode, response }: SmtpFailure): Meaning {
  const status = Number(responseCode)
  const problem = [originalCode, code]
    .map((name) => networkProblem(String(name)))
    .find((found) => found !== undefined)
  if (Number.isInteger(status)) {
    if (status < 500) return later
    if (code === 'EAUTH' || status === 530) return refusedLogin
    if (status === 552 || /\b5\.2\.2\b/.test(String(response))) return full
    const byRefusal = byCommand[String(command)]
    if (byRefusal) return byRefusal
    // A server that turns everybody away, for now or for good: it is not about this mail.
    if (command === 'CONN' || command === 'EHLO')
      return ['transient', 'the server takes no mail from here', 'Ask who runs the mail server.']
  }
  if (problem) return byProblem[problem]
  return byCode[String(code)] ?? ['permanent', 'the server refuses it']
}

function shown({ code, originalCode, responseCode, response }: SmtpFailure): string {
  const enhanced = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1]
  const names = [originalCode ?? code, responseCode, enhanced].filter((name) =>
    /^[\w.]{3,60}$/.test(String(name ?? '')),
  )
  return names.length === 0 ? '' : ` (${names.join(', ')})`
}
