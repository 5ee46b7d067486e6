import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** Sends a response as fast as the other side takes it. Ends quietly when that has gone. */
export async function writeResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  const cookies = response.headers.getSetCookie()
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) if (name !== 'set-cookie') outgoing.setHeader(name, value)
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  if (!response.body) return void outgoing.end()
  // A stream of events may have nothing to say for a while; that it has begun is news.
  outgoing.flushHeaders()
  const reader = response.body.getReader()
  // Once for all of it: a listener for each wait would stay until the end.
  const closed = once(outgoing, 'close').catch(() => {})
  void closed.then(() => reader.cancel()).catch(() => {})
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done || outgoing.destroyed) break
      if (!outgoing.write(value)) await Promise.race([once(outgoing, 'drain'), closed])
    }
    outgoing.end()
  } catch (error) {
    // The other side must not take a part for the whole.
    outgoing.destroy(error instanceof Error ? error : new Error(String(error)))
  }
}
