import type { HelloEvent, StreamEvent } from '../wire/events.ts'
import type { JobJson } from '../wire/jobs.ts'
import type { Hub } from './hub.ts'

export interface StreamOptions {
  readonly hub: Hub
  /** All that are under way. */
  readonly running: () => readonly JobJson[]
  readonly pingMs: number
  readonly lifeMs: number
}

/** A reader that is so many frames behind is let go: it comes back, and is told what it missed. */
const longestQueue = 500
const text = new TextEncoder()

/**
 * Live events as `text/event-stream`. Begins with what is, goes on with what happens; after a break, a client that sends
 * `Last-Event-ID` is told what it missed. Ends by itself after a while, so that it is asked again who listens.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function eventStream(request: Request, { hub, running, pingMs, lifeMs }: StreamOptions): Response {
  let stop = (): void => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let isOpen = true
        const end = (): void => {
          if (!isOpen) return
          isOpen = false
          clearInterval(ping)
          clearTimeout(life)
          unsubscribe()
          request.signal.removeEventListener('abort', end)
          try {
            controller.close()
          } catch {
            // The reader went first.
          }
        }
        const write = (lines: string): void => {
          if (!isOpen) return
          controller.enqueue(text.encode(lines))
          if ((controller.desiredSize ?? 0) <= 0) end()
        }
        const ping = setInterval(() => write(': ping\n\n'), pingMs)
        const life = setTimeout(end, lifeMs)
        const unsubscribe = hub.subscribe({ frame: ({ id, event }) => write(frameText(id, event)), closed: end })
        request.signal.addEventListener('abort', end, { once: true })
        stop = end

        const seen = request.headers.get('last-event-id')
        const missed = seen === null ? undefined : hub.after(seen)
        const hello: HelloEvent = { type: 'hello', resumed: missed !== undefined, jobs: running() }
        // Come back soon when the connection is lost.
        write(`retry: 2000\n${frameText(missed ? seen! : hub.last(), hello)}`)
        for (const { id, event } of missed ?? []) write(frameText(id, event))
        if (request.signal.aborted) end()
      },
      cancel: () => stop(),
    },
    { highWaterMark: longestQueue },
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      // Without `no-transform` middleware that compresses holds frames back until there are enough of them.
      'cache-control': 'no-cache, no-transform',
      // The same for nginx.
      'x-accel-buffering': 'no',
    },
  })
}

function frameText(id: string, event: StreamEvent): string {
  return `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n`
}
