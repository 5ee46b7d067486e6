import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { S3Options } from '../src/index.ts'

/** A request as it arrived, with its body. */
export interface Arrived {
  readonly method: string
  /** Path without bucket, and query: `packs/0a/x?partNumber=1&uploadId=u`. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Break the connection after so many bytes of the body. */
  readonly cutAfter?: number
  /** Say nothing at all. */
  readonly silent?: boolean
}

export interface ScriptedServer extends AsyncDisposable {
  readonly options: S3Options
  readonly arrived: Arrived[]
}

/** A server that answers as a test tells it, for what a real one does not do on demand. */
export async function scriptedServer(answerTo: (request: Arrived) => Answer): Promise<ScriptedServer> {
  const arrived: Arrived[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { method = '', url = '', headers } = request
    const path = url.replace(/^\/bucket\/?/, '').replace(/[?&]x-id=\w+/, '')
    const seen = { method, path, headers, body: Buffer.concat(parts) }
    arrived.push(seen)
    const { status, headers: more = {}, body = '', cutAfter, silent } = answerTo(seen)
    if (silent) return
    const bytes = Buffer.from(body)
    // Every server names the version of what it has.
    const named = status < 300 ? { etag: '"e"' } : {}
    const length = 'transfer-encoding' in more ? {} : { 'content-length': bytes.length }
    response.writeHead(status, { ...length, ...named, ...more })
    if (cutAfter === undefined) return void response.end(method === 'HEAD' ? undefined : bytes)
    response.write(bytes.subarray(0, cutAfter), () => response.socket?.destroy())
  })
  // After five seconds without a request it would hang up, which looks like a fault on a machine that stands still for so long.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    arrived,
    options: {
      bucket: 'bucket',
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      credentials: { accessKeyId: 'AKEXAMPLE', secretAccessKey: secret, sessionToken },
      // Long, for the machine may be busy; a test of silence says less.
      idleMs: 20_000,
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const secret = 'very-secret-text'
export const sessionToken = 'session-token-text'

/** The answer that S3 gives to what it refuses. */
export function refusal(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Said with ${secret}.</Message></Error>`
  return { status, headers: { 'content-type': 'application/xml', ...headers }, body }
}
