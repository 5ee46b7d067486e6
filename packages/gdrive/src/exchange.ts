import { request as plainRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http'
import { request as tlsRequest } from 'node:https'

/** One request, with all of its body at hand. */
export interface Outgoing {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
  readonly agent: Agent
  readonly idleMs: number
  readonly signal: AbortSignal | undefined
  /** Bytes of the body that the system has taken so far. */
  readonly onSent: ((bytes: number) => void) | undefined
}

/** One answer, whatever its status, whole. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** What is handed to the system at a time: small enough to see a slow line move. */
const pieceBytes = 256 * 1024
/** Less than this in all of the idle time is no movement: a byte now and then would go on for ever. */
const leastBytes = 1024

/**
 * Sends a request and reads the answer, once: no redirect, no retry. A whole answer or an error with the code
 * of the system: `ECONNRESET` when it breaks off, `ETIMEDOUT` when nothing moves any more.
 *
 * An answer that comes while the body is still being sent counts; the rest is not sent then.
 */
export function exchange(outgoing: Outgoing): Promise<Answer> {
  const { method, url, headers, body, agent, idleMs, signal, onSent } = outgoing
  return new Promise((resolve, reject) => {
    const length = body ? { 'content-length': String(body.length) } : {}
    const send = url.protocol === 'https:' ? tlsRequest : plainRequest
    const request = send(url, { method, agent, headers: { ...headers, ...length } })

    const give = (end: () => void): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', cancel)
      // A connection that still expects some of the body is of no use to the next request.
      if (!request.writableFinished) request.destroy()
      end()
    }
    const fail = (error: Error): void => {
      give(() => reject(error))
      request.destroy()
    }
    const cancel = (): void => fail(coded('ECANCELED', 'The request was cancelled.'))
    const timer = setTimeout(() => fail(coded('ETIMEDOUT', 'Nothing moves any more.')), idleMs)
    let unseen = 0
    const moved = (bytes: number): void => {
      unseen += bytes
      if (unseen < leastBytes) return
      unseen = 0
      timer.refresh()
    }

    if (signal?.aborted) return cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    request.on('error', fail)
    request.on('response', (response: IncomingMessage) => {
      moved(leastBytes)
      collect(response, moved).then(
        (bytes) => give(() => resolve(answerOf(response, bytes))),
        (error: Error) => fail(error),
      )
    })
    feed(request, body, (sent, more) => {
      moved(more)
      onSent?.(sent)
    })
  })
}

function feed(
  request: ClientRequest,
  body: Buffer | undefined,
  onSent: (sent: number, more: number) => void,
  from = 0,
): void {
  if (!body || from >= body.length) return void request.end()
  const piece = body.subarray(from, from + pieceBytes)
  request.write(piece, (error) => {
    if (error || request.destroyed) return
    onSent(from + piece.length, piece.length)
    feed(request, body, onSent, from + piece.length)
  })
}

/** All of the body, or an error: an answer that breaks off is none. */
async function collect(response: IncomingMessage, moved: (bytes: number) => void): Promise<Buffer> {
  const header = response.headers['content-length']
  const length = header === undefined ? undefined : Number(header)
  if (length === undefined) {
    const parts: Buffer[] = []
    for await (const part of response) {
      parts.push(part as Buffer)
      moved((part as Buffer).length)
    }
    if (!response.complete) throw brokenOff()
    return Buffer.concat(parts)
  }
  // Not pooled and not zeroed first: every byte is overwritten, or nothing is returned.
  const bytes = Buffer.allocUnsafeSlow(length)
  let filled = 0
  for await (const part of response) {
    bytes.set(part as Buffer, filled)
    filled += (part as Buffer).length
    moved((part as Buffer).length)
  }
  if (filled < length || !response.complete) throw brokenOff()
  return bytes
}

function answerOf(response: IncomingMessage, body: Buffer): Answer {
  const headers = new Headers()
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return { status: response.statusCode ?? 0, headers, body }
}

function brokenOff(): Error {
  return coded('ECONNRESET', 'The answer broke off.')
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
