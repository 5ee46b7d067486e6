import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'

/** What middleware leaves on a request. */
interface Parsed {
  readonly body?: unknown
  /** As it came, where Express has taken the path of a mount away. */
  readonly originalUrl?: string
}

export function toRequest(incoming: IncomingMessage & Parsed, signal: AbortSignal): Request {
  const { method = 'GET', headers } = incoming
  const scheme = (incoming.socket as TLSSocket).encrypted ? 'https' : 'http'
  const path = incoming.originalUrl ?? incoming.url ?? '/'
  // By parts: a path that begins with two slashes is no host.
  const url = new URL(`${scheme}://${hostOf(headers.host)}`)
  const [pathname = '/', search = ''] = splitOnce(path, '?')
  url.pathname = pathname
  url.search = search
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(url, { method, headers: headersOf(incoming), signal, ...(hasBody && bodyOf(incoming)) })
}

/** A host that is none must not become an error of the server. */
function hostOf(host: string | undefined): string {
  return host !== undefined && URL.canParse(`http://${host}`) ? host : 'localhost'
}

function headersOf(incoming: IncomingMessage & Parsed): Headers {
  const headers = new Headers()
  for (const [name, values] of Object.entries(incoming.headersDistinct)) for (const value of values ?? []) headers.append(name, value)
  // What was parsed is written anew, and need not be as long as it was.
  if (isParsed(incoming)) headers.delete('content-length')
  return headers
}

function bodyOf(incoming: IncomingMessage & Parsed): Partial<NodeRequestInit> {
  if (!isParsed(incoming)) return { body: streamOf(incoming), duplex: 'half' }
  const { body } = incoming
  if (body === undefined || isEmpty(body)) return {}
  if (typeof body === 'string' || body instanceof Uint8Array) return { body: body as string }
  return { body: JSON.stringify(body) }
}

/**
 * Nothing is taken from the connection before somebody asks for it, and the rest of what nobody wants is let pass: a request that was refused
 * before its body was read must not keep the next one on the same connection waiting, or break it.
 */
function streamOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const pieces: AsyncIterator<Uint8Array> = incoming.iterator({ destroyOnReturn: false })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await pieces.return?.()
        incoming.resume()
      },
    },
    { highWaterMark: 0 },
  )
}

interface NodeRequestInit {
  readonly body: ReadableStream<Uint8Array> | string
  /** A body that is a stream is sent before the answer is read. */
  readonly duplex?: 'half'
}

/** Somebody has read it to its end, and perhaps put what was in it in its place. */
function isParsed(incoming: IncomingMessage & Parsed): boolean {
  return incoming.body !== undefined || incoming.readableEnded
}

/** What some parsers put where there was no body. */
function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !(body instanceof Uint8Array) && Object.keys(body).length === 0
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
