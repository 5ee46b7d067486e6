import type { StreamEvent } from '../src/index.ts'
import type { Send } from './api.ts'
import { expectValid } from './documented.ts'

/** A stream of events that is being read. */
export interface Frames {
  readonly response: Response
  /** The next frame that fits; those before it are passed over. */
  until(fits: (event: StreamEvent) => boolean): Promise<{ readonly id: string; readonly event: StreamEvent }>
  /** The next comment. */
  comment(): Promise<string>
  /** Resolves when the other side has ended it. */
  ended(): Promise<void>
  /** Hangs up. */
  close(): void
}

export async function openFrames(send: Send, lastEventId?: string): Promise<Frames> {
  const hangUp = new AbortController()
  const response = await send('/api/backup/events/stream', {
    headers: { authorization: 'Bearer olga', accept: 'text/event-stream', ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
    signal: hangUp.signal,
  })
  const blocks = blocksOf(response)
  return {
    response,
    async until(fits) {
      for (;;) {
        const { done, value = '' } = await blocks.next()
        if (done) throw new Error('The stream has ended.')
        const data = /^data: (.*)$/m.exec(value)?.[1]
        if (data === undefined) continue
        const event = JSON.parse(data) as StreamEvent
        expectValid({ $ref: '#/components/schemas/StreamEvent' }, event, 'frame')
        if (/^event: (.*)$/m.exec(value)?.[1] !== event.type) throw new Error(`The frame is of another type: ${value}`)
        if (fits(event)) return { id: /^id: (.*)$/m.exec(value)?.[1] ?? '', event }
      }
    },
    async comment() {
      for (;;) {
        const { done, value = '' } = await blocks.next()
        if (done) throw new Error('The stream has ended.')
        if (value.startsWith(':')) return value
      }
    },
    async ended() {
      for (;;) if ((await blocks.next()).done) return
    },
    close: () => hangUp.abort(),
  }
}

async function* blocksOf(response: Response): AsyncGenerator<string, void, undefined> {
  let text = ''
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    text += piece
    const blocks = text.split('\n\n')
    text = blocks.pop()!
    yield* blocks
  }
}
