import { BackupError, throwIfAborted } from '@backup/core'
import type { drive_v3 } from '@googleapis/drive'
import { Agent as PlainAgent, type Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { driveError } from './drive-error.ts'
import { exchange, type Answer } from './exchange.ts'
import type { Settings } from './options.ts'

/** One request, as messages see it. */
export interface Request {
  /** Completes "Cannot …". */
  readonly doing: string
  readonly key: string
  readonly signal?: AbortSignal | undefined
  /** Statuses beside 2xx that the caller deals with. */
  readonly accept?: readonly number[]
}

export interface Reply<T> {
  readonly status: number
  readonly headers: Headers
  /** An object of the API, or a text when it is none; a `Buffer` where bytes were asked for. */
  readonly data: T
}

/** What every method of the SDK takes as its last argument. */
export interface Sending {
  readonly signal?: AbortSignal
  readonly rootUrl: string
}

export interface Upload {
  readonly method: 'POST' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | undefined
  readonly onSent?: (bytes: number) => void
}

export interface Connection {
  readonly settings: Settings
  /** Calls a method of the SDK, once. @throws a `BackupError` */
  call<T>(
    request: Request,
    run: (drive: drive_v3.Drive, sending: Sending) => Promise<unknown>,
  ): Promise<Reply<T>>
  /** Sends what the SDK has no method for. @throws a `BackupError` */
  send<T>(request: Request, upload: Upload): Promise<Reply<T>>
  close(): Promise<void>
}

/** A prepared request of the SDK, as far as it is looked at. */
interface Prepared {
  readonly url: URL | string
  readonly method?: string
  readonly headers: Headers
  readonly body?: unknown
  readonly agent?: unknown
  readonly signal?: AbortSignal | null
  readonly responseType?: string
  readonly onUploadProgress?: (bytes: number) => void
}

interface Client {
  readonly drive: drive_v3.Drive
  readonly request: (options: object) => Promise<unknown>
}

/** The SDK takes a moment to load, and is loaded by the first request. */
export function connection(settings: Settings): Connection {
  // Idle connections are closed before a router on the way forgets them without a word.
  const options = { keepAlive: true, maxFreeSockets: 8, timeout: 30_000 }
  const agents = { 'https:': new TlsAgent(options), 'http:': new PlainAgent(options) }
  let client: Promise<Client> | undefined

  const attempt = async <T>(
    request: Request,
    run: (client: Client) => Promise<unknown>,
  ): Promise<Reply<T>> => {
    const { signal, doing, accept = [] } = request
    throwIfAborted(signal, doing)
    let reply: Reply<T>
    try {
      client ??= connect(settings, (prepared) => authorised(settings, agents, prepared))
      const raw = (await run(await client)) as Reply<T>
      // The SDK makes a plain object of some headers and not of others.
      reply = { status: raw.status, headers: new Headers(raw.headers), data: raw.data }
    } catch (error) {
      throwIfAborted(signal, doing)
      // The SDK wraps what its transport throws.
      const thrown = BackupError.is(error) ? error : ((error as Error).cause ?? error)
      throw driveError(thrown, request, settings.now())
    }
    if ((reply.status >= 200 && reply.status < 300) || accept.includes(reply.status)) return reply
    throw driveError(reply, request, settings.now())
  }

  return {
    settings,

    call: (request, run) =>
      attempt(request, ({ drive }) =>
        // Requests with a body of their own look for the address of the server here and nowhere else.
        run(drive, { rootUrl: settings.rootUrl, ...(request.signal && { signal: request.signal }) }),
      ),

    send: (request, { method, url, headers, body, onSent }) =>
      attempt(request, (sdk) =>
        sdk.request({
          method,
          url,
          headers,
          ...(body && { data: body }),
          ...(onSent && { onUploadProgress: onSent }),
          ...(request.signal && { signal: request.signal }),
        }),
      ),

    async close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** The SDK with its transport replaced: nothing is repeated, redirected or refreshed behind our back. */
async function connect(
  { rootUrl }: Settings,
  transport: (prepared: Prepared) => Promise<Reply<unknown>>,
): Promise<Client> {
  const { auth, drive } = await import('@googleapis/drive')
  // Its errors are thrown away; by itself it would look at every byte of the body before, and stop the program meanwhile.
  const ours = { retry: false, validateStatus: () => true, errorRedactor: false } as const
  const once = { ...ours, adapter: transport as never }
  const { transporter } = new auth.OAuth2({ transporterOptions: once })
  const request = (options: object): Promise<unknown> => transporter.request(options)
  // All that the SDK wants of its authorisation is somebody who sends the request.
  const sender = { request } as never
  return {
    request,
    drive: drive({ version: 'v3', auth: sender, rootUrl, ...ours }),
  }
}

/** With a token; and once more with another one when the server does not take it. */
async function authorised(
  { auth, idleMs }: Settings,
  agents: Readonly<Record<string, Agent>>,
  prepared: Prepared,
): Promise<Reply<unknown>> {
  const url = new URL(prepared.url)
  const signal = prepared.signal ?? undefined
  const asked = signal ? { signal } : {}
  const { 'accept-encoding': _, ...headers } = Object.fromEntries(prepared.headers)
  const exchangeWith = (token: string): Promise<Answer> =>
    exchange({
      method: prepared.method ?? 'GET',
      url,
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: bytesOf(prepared.body),
      // The SDK has found a proxy in the environment.
      agent: (prepared.agent as Agent | undefined) ?? (agents[url.protocol] as Agent),
      idleMs,
      signal,
      onSent: prepared.onUploadProgress,
    })

  const token = await auth.accessToken(asked)
  let answer = await exchangeWith(token)
  if (answer.status === 401)
    answer = await exchangeWith(await auth.accessToken({ ...asked, rejected: token }))
  const { status, body } = answer
  const raw = prepared.responseType === 'arraybuffer' && status < 300
  return { status, headers: answer.headers, data: raw ? body : parsed(body) }
}

function bytesOf(body: unknown): Buffer | undefined {
  return body === undefined ? undefined : Buffer.isBuffer(body) ? body : Buffer.from(body as string)
}

function parsed(body: Buffer): unknown {
  const text = body.toString()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
