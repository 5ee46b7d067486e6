import type { AddressInfo, Socket } from 'node:net'
import type { TextDecoder as Decoder, TextEncoder as Encoder } from 'node:util'
import PostalMime from 'postal-mime'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'
import type { Certificate } from '../wire/index.ts'

// The types of postal-mime take those of a browser for granted.
declare global {
  type TextDecoder = Decoder
  type TextEncoder = Encoder
}

/** A mail that was accepted, as a mail program shows it. */
export interface ReceivedMail {
  /** Addresses of the envelope. */
  readonly from: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
  readonly html: string
  readonly headers: ReadonlyMap<string, string>
  /** Who signed in; empty where nobody did. */
  readonly user: string
  readonly encrypted: boolean
  readonly raw: string
}

/**
 * The steps of a session: it is connected, signed in, a sender and a recipient are named, the mail has come.
 */
export type SmtpStep = 'connect' | 'auth' | 'from' | 'to' | 'data' | 'end'

/**
 * - `hang` says nothing more and keeps the connection, `drop` breaks it. At `data` this is before the mail
 *   has come, at `end` after.
 * - `keep-and-drop` at `end` keeps the mail and breaks the connection instead of saying so.
 * - A `code` of 400 to 599 is a refusal.
 */
export type SmtpFault = 'hang' | 'drop' | 'keep-and-drop' | { readonly code: number; readonly text: string }

export interface SmtpListenerOptions {
  readonly certificate?: Certificate
  /** Encrypted from the first byte. Otherwise, with a certificate, there is STARTTLS. [false] */
  readonly secure?: boolean
  /** The one who may sign in, and must. [nobody needs to] */
  readonly account?: { readonly user: string; readonly pass?: string; readonly token?: string }
}

export interface SmtpListener {
  readonly host: string
  readonly port: number
  readonly mails: readonly ReceivedMail[]
  /** What was reached, faulty or not. */
  readonly steps: readonly SmtpStep[]
  /** How often a fault took the place of an answer. */
  faults(): number
  /** Asked at each step: what goes wrong? The last plan counts. */
  fail(plan: (step: SmtpStep) => SmtpFault | undefined): void
  /** How many connections are open. */
  connections(): number
  close(): Promise<void>
}

type Answer = (error?: Error | null) => void

/** A mail server on the loopback that keeps what it is sent. */
export async function smtpListener(options: SmtpListenerOptions = {}): Promise<SmtpListener> {
  const { certificate, secure = false, account } = options
  const mails: ReceivedMail[] = []
  const steps: SmtpStep[] = []
  const sockets = new Map<number, Socket>()
  let plan: (step: SmtpStep) => SmtpFault | undefined = () => undefined
  let faults = 0

  const reach = async (
    step: SmtpStep,
    session: SMTPServerSession,
    answer: Answer,
    otherwise: (silent?: boolean) => unknown,
  ): Promise<void> => {
    steps.push(step)
    const fault = plan(step)
    if (fault === undefined) return void otherwise()
    faults++
    if (fault === 'hang') return
    if (typeof fault === 'object')
      return answer(Object.assign(new Error(fault.text), { responseCode: fault.code }))
    if (fault === 'keep-and-drop') await otherwise(true)
    sockets.get(session.remotePort)?.destroy()
  }

  const server = new SMTPServer({
    ...certificate,
    secure,
    disableReverseLookup: true,
    closeTimeout: 1,
    authOptional: account === undefined,
    disabledCommands: [...(account ? [] : ['AUTH']), ...(certificate ? [] : ['STARTTLS'])],
    allowInsecureAuth: certificate === undefined,
    onConnect: (session, answer) => void reach('connect', session, answer, () => answer()),
    onMailFrom: (_, session, answer) => void reach('from', session, answer, () => answer()),
    onRcptTo: (_, session, answer) => void reach('to', session, answer, () => answer()),
    authMethods: account?.token === undefined ? ['PLAIN', 'LOGIN'] : ['XOAUTH2'],
    onAuth({ username, password, accessToken }, session, answer) {
      const proof = accessToken ?? password ?? undefined
      const known =
        username === account?.user && proof !== undefined && proof === (account?.token ?? account?.pass)
      const refusal = Object.assign(new Error('Authentication credentials invalid'), { responseCode: 535 })
      void reach(
        'auth',
        session,
        (error) => answer(error ?? null),
        () => (known ? answer(null, { user: username }) : answer(refusal)),
      )
    },
    onData(stream, session, answer) {
      const receive = async (): Promise<void> => {
        const parts: Buffer[] = []
        for await (const part of stream) parts.push(part as Buffer)
        const raw = Buffer.concat(parts)
        await reach('end', session, answer, async (silent = false) => {
          mails.push(await received(raw, session))
          if (!silent) answer()
        })
      }
      void reach('data', session, answer, () => receive().catch(answer))
    },
  })
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => {
    const { remotePort = 0 } = socket
    sockets.set(remotePort, socket)
    socket.on('close', () => sockets.delete(remotePort)).on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo

  return {
    host: '127.0.0.1',
    port,
    mails,
    steps,
    faults: () => faults,
    fail(next) {
      plan = next
    },
    connections: () => sockets.size,
    async close() {
      // Node 24 crashes when the socket below a TLS handshake is destroyed; the server ends those by itself.
      if (!certificate) for (const socket of sockets.values()) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function received(raw: Buffer, { envelope, user, secure }: SMTPServerSession): Promise<ReceivedMail> {
  const mail = await PostalMime.parse(raw)
  return {
    from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    to: envelope.rcptTo.map(({ address }) => address),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
    user: String(user ?? ''),
    encrypted: secure,
    raw: raw.toString('utf8'),
  }
}
