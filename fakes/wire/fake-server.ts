import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { Certificate } from './certificate.ts'

/** What is known of a request before its body has come. */
export interface IncomingHead {
  readonly method: string
  /** With the host that the client named. */
  readonly url: URL
  readonly headers: Headers
}

export interface Incoming extends IncomingHead {
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: string | Uint8Array | object
}

/**
 * - An {@link Answer} takes the place of the real one; with `early` it is sent before the body has come.
 * - `reset` breaks the connection before anything is done, `lost-body` when the body has come and nothing was done,
 *   `lost-reply` after it was done.
 * - `silence` says nothing and keeps the connection.
 * - `cut` sends so many bytes of the real answer's body and breaks off; `stall` stops there and keeps the connection;
 *   `short` ends there as if that were all; `drip` sends a byte each `everyMs`.
 * - `alter` makes another answer of the real one.
 */
export type Fault =
  | (Answer & { readonly early?: boolean })
  | 'reset'
  | 'lost-body'
  | 'lost-reply'
  | 'silence'
  | { readonly cut: number }
  | { readonly stall: number }
  | { readonly alter: (answer: Answer, request: Incoming) => Answer }
  | { readonly short: number }
  | { readonly drip: { readonly everyMs: number } }

export interface FakeServer {
  readonly port: number
  /** `http://127.0.0.1:…` or `https://127.0.0.1:…` */
  readonly origin: string
  /** What arrived, in order, faulty or not. */
  readonly arrived: readonly IncomingHead[]
  /** How often a fault took the place of an answer, or spoiled one. */
  faults(): number
  /** Asked for each request: what goes wrong with it? The last plan counts. */
  fail(plan: (request: IncomingHead) => Fault | undefined): void
  /** Breaks every connection. New ones are taken as before. */
  hangUp(): void
  close(): Promise<void>
}

/** Serves on the loopback what `handle` answers. It throws: then the answer is 500, and `close` throws it again. */
export async function fakeServer(
  handle: (request: Incoming) => Promise<Answer> | Answer,
  tls?: Certificate,
): Promise<FakeServer> {
  const arrived: IncomingHead[] = []
  const mistakes: unknown[] = []
  let plan: (request: IncomingHead) => Fault | undefined = () => undefined
  let faults = 0

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const head: IncomingHead = {
      method: request.method ?? '',
      url: new URL(request.url ?? '/', `${tls ? 'https' : 'http'}://${request.headers.host ?? 'localhost'}`),
      headers: new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    }
    arrived.push(head)
    const fault = plan(head)
    if (fault !== undefined) faults++
    if (fault === 'reset') return void request.socket.destroy()
    if (typeof fault === 'object' && 'status' in fault && fault.early) return send(response, fault)
    const body = await bodyOf(request)
    if (fault === 'silence') return
    if (fault === 'lost-body') return void request.socket.destroy()
    if (typeof fault === 'object' && 'status' in fault) return send(response, fault)
    const incoming: Incoming = { ...head, body }
    const answer = await handle(incoming)
    if (fault === 'lost-reply') return void request.socket.destroy()
    if (typeof fault === 'object' && 'alter' in fault) return send(response, fault.alter(answer, incoming))
    send(response, answer, fault, head.method)
  }
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    request.on('error', () => {})
    serve(request, response).catch((error: unknown) => {
      // A client that went away in the middle of its body is no mistake of the fake.
      if (request.destroyed && !request.complete) return
      mistakes.push(error)
      if (!response.headersSent) send(response, { status: 500, body: String(error) })
    })
  }
  const server = tls ? createTls(tls, listener) : createPlain(listener)
  // Those of TLS are only known to the server below while they shake hands.
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    port,
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    arrived,
    faults: () => faults,
    fail(next) {
      plan = next
    },
    hangUp() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      if (mistakes.length > 0) throw new AggregateError(mistakes, 'The fake made mistakes.')
    },
  }
}

/** In one piece from the start where its length is known: tests measure the memory of the client in this process. */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const length = Number(request.headers['content-length'] ?? Number.NaN)
  const parts: Buffer[] = []
  const whole = Buffer.allocUnsafeSlow(Number.isSafeInteger(length) ? length : 0)
  let filled = 0
  for await (const part of request) {
    if (whole.length === 0) parts.push(part as Buffer)
    else filled += (part as Buffer).copy(whole, filled)
  }
  return whole.length === 0 ? Buffer.concat(parts) : whole
}

function send(response: ServerResponse, answer: Answer, fault?: Fault, method = 'GET'): void {
  const { status, headers = {}, body = '' } = answer
  const isJson = typeof body === 'object' && !(body instanceof Uint8Array)
  const bytes = isJson ? Buffer.from(JSON.stringify(body)) : Buffer.from(body as Uint8Array)
  const sent = typeof fault === 'object' && 'short' in fault ? bytes.subarray(0, fault.short) : bytes
  const isUnmeasured = status === 204 || status === 304 || 'transfer-encoding' in headers
  const length = isUnmeasured ? {} : { 'content-length': String(sent.length) }
  response.writeHead(status, { ...(isJson && { 'content-type': 'application/json; charset=utf-8' }), ...length, ...headers })
  if (method === 'HEAD') return void response.end()
  if (typeof fault === 'object' && 'cut' in fault) {
    return void response.write(bytes.subarray(0, fault.cut), () => response.socket?.destroy())
  }
  if (typeof fault === 'object' && 'stall' in fault) return void response.write(bytes.subarray(0, fault.stall))
  if (typeof fault === 'object' && 'drip' in fault) return drip(response, bytes, fault.drip.everyMs)
  response.end(sent)
}

function drip(response: ServerResponse, bytes: Buffer, everyMs: number): void {
  let sent = 0
  const timer = setInterval(() => {
    response.write(bytes.subarray(sent, ++sent))
    if (sent >= bytes.length) response.end()
  }, everyMs)
  response.on('close', () => clearInterval(timer))
}
