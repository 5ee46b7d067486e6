import type { StreamEvent } from '@backup/http/wire'
import { type ClientError, asClientError, clientError } from '../call/client-error.ts'
import { type Store, createStore } from '../store/store.ts'
import { readFrames } from './read-frames.ts'
import { wakeable } from './wakeable.ts'

/**
 * | status | meaning |
 * | --- | --- |
 * | `idle` | nobody listens |
 * | `connecting` | the first attempt |
 * | `live` | events arrive as they happen |
 * | `polling` | streams do not get through; it is asked again and again |
 * | `offline` | nothing gets through; it is tried again and again |
 */
export interface ConnectionState {
  readonly status: 'idle' | 'connecting' | 'live' | 'polling' | 'offline'
  /** Of `polling` and `offline`: what is in the way. */
  readonly error?: ClientError
}

export interface LinkSettings {
  open(lastId: string | undefined, signal: AbortSignal): Promise<Response>
  event(event: StreamEvent): void
  /** Asks for what a stream would have told. @returns where a stream goes on */
  poll(lastId: string | undefined): Promise<string>
  readonly pollMs: number
  readonly quietMs: number
}

export interface Link {
  readonly connection: Store<ConnectionState>
  /** As often as somebody begins to listen. */
  begin(): void
  end(): void
}

/** So many streams have to fail one after the other. */
const failuresUntilPolling = 2
/** Pages change, and with them who listens: that is no reason to connect anew. */
const lingerMs = 1000

/** Keeps one stream of events open while somebody listens, and does without it where there is none. */
export function createLink(settings: LinkSettings): Link {
  const { open, event, poll, pollMs, quietMs } = settings
  const connection = createStore<ConnectionState>({ status: 'idle' })
  let users = 0
  let lastId: string | undefined
  let lingering: ReturnType<typeof setTimeout> | undefined
  let stop: AbortController | undefined

  /** Reads one stream to its end. @throws when it failed, or said nothing */
  const listen = async (signal: AbortSignal): Promise<void> => {
    const quiet = new AbortController()
    let watchdog: ReturnType<typeof setTimeout> | undefined
    const alive = (): void => {
      clearTimeout(watchdog)
      watchdog = setTimeout(() => quiet.abort(silence()), quietMs)
    }
    const ended = AbortSignal.any([signal, quiet.signal])
    let isGreeted = false
    try {
      alive()
      const response = await open(lastId, ended)
      for await (const { id, data } of readFrames(abortable(response.body!, ended))) {
        alive()
        if (data === undefined) continue
        event(JSON.parse(data) as StreamEvent)
        if (id !== undefined) lastId = id
        isGreeted = true
        connection.set({ status: 'live' })
      }
    } finally {
      clearTimeout(watchdog)
    }
    ended.throwIfAborted()
    if (!isGreeted) throw silence()
  }

  const keepUp = async (signal: AbortSignal): Promise<void> => {
    const { sleep, release } = wakeable(signal)
    connection.set({ status: 'connecting' })
    for (let failures = 0; !signal.aborted; ) {
      try {
        await listen(signal)
        failures = 0
        await sleep(500)
        continue
      } catch (thrown) {
        if (signal.aborted) break
        failures = connection.getSnapshot().status === 'live' ? 1 : failures + 1
        if (failures >= failuresUntilPolling) await ask(asClientError(thrown), signal)
        else connection.set({ status: 'connecting' })
      }
      // A stream is tried again after 1, 2, 4 … seconds, half a minute at most; who polls meanwhile does so at his pace.
      const waitMs = Math.min(1000 * 2 ** (failures - 1), 30_000) * (0.75 + Math.random() / 2)
      for (let left = waitMs; left > 0 && !signal.aborted; left -= pollMs) {
        const isWoken = await sleep(Math.min(left, pollMs))
        if (isWoken) break
        if (failures >= failuresUntilPolling && left > pollMs) await ask(undefined, signal)
      }
    }
    release()
  }
  const ask = async (cause: ClientError | undefined, signal: AbortSignal): Promise<void> => {
    const known = cause ?? connection.getSnapshot().error
    try {
      lastId = await poll(lastId)
      if (!signal.aborted) connection.set({ status: 'polling', ...(known && { error: known }) })
    } catch (thrown) {
      if (!signal.aborted) connection.set({ status: 'offline', error: asClientError(thrown) })
    }
  }

  return {
    connection: { subscribe: connection.subscribe, getSnapshot: connection.getSnapshot },
    begin() {
      clearTimeout(lingering)
      if (++users > 1 || stop) return
      stop = new AbortController()
      void keepUp(stop.signal)
    },
    end() {
      if (--users > 0) return
      lingering = setTimeout(() => {
        stop?.abort()
        stop = undefined
        connection.set({ status: 'idle' })
      }, lingerMs)
    },
  }
}

function silence(): ClientError {
  return clientError({
    code: 'network',
    message: 'Live events do not get through.',
    hint: 'Something between here and the application holds them back. It is asked every few seconds instead.',
    retryable: true,
  })
}

/** A handler in the same process may not end its stream when the request is aborted; who reads it ends all the same. */
function abortable(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  return body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal })
}
