import type { IncomingMessage, ServerResponse } from 'node:http'
import { toRequest } from './to-request.ts'
import { writeResponse } from './write-response.ts'

/** What `node:http`, Express, and Nest on Express call. */
export type NodeHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * A handler of standard requests for `node:http` and what is built on it.
 *
 * A body that was parsed before, by `express.json()` or Nest, is taken as it was parsed; any other is read here, within the limit of the
 * handler. The request is aborted when the connection is lost.
 *
 * @example
 * ```ts
 * createServer(toNodeHandler(handler)).listen(3000)
 * app.use('/api/backup', toNodeHandler(handler)) // Express
 * ```
 */
export function toNodeHandler(handler: (request: Request) => Promise<Response>): NodeHandler {
  return async (incoming, outgoing) => {
    const lost = new AbortController()
    outgoing.once('close', () => lost.abort())
    let request: Request
    try {
      request = toRequest(incoming, lost.signal)
    } catch {
      // A method or header that HTTP has and a standard request has not.
      outgoing.writeHead(400).end()
      return
    }
    await writeResponse(await handler(request), outgoing)
  }
}
