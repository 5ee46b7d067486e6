import { BackupError, throwIfAborted } from '@backup/core'
import { connectionError, refusal } from './graph-error.ts'
import type { Settings } from './options.ts'
import { pause } from './pause.ts'
import { readBody } from './read-body.ts'
import type { Answer, Purpose, Request } from './request.ts'
import { watchdog } from './watchdog.ts'

export interface Sending {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: NonNullable<RequestInit['body']>
  /** Of the body, as far as it takes time to send. */
  readonly bytes?: number
}

export interface Reading {
  /** Looks at status and headers, and throws before a body is read that nobody wants. */
  readonly check?: (status: number, headers: Headers) => void
  /** A longer body is not read. [16 MiB] */
  readonly largestBytes?: number
}

/** Everything that goes over the network goes through here, with a token or without. */
export interface Network {
  /** Begins a call. */
  begin(purpose: Purpose): Request
  /**
   * Sends one request, once, and takes in the whole answer, whatever its status.
   *
   * @throws `cancelled`, `throttled` when there was a pause meanwhile, `transient` when the connection breaks
   * or nothing moves
   */
  exchange(request: Request, url: string, sending: Sending, reading?: Reading): Promise<Answer>
  /** The error for an answer that is no success. A pause it asks for counts for everybody. */
  refuse(answer: Answer, request: Request): BackupError
}

/** Slower than this, nobody waits. */
const slowestBytesPerSecond = 32 * 1024
const largestAnswer = 16 * 1024 * 1024

export function network({ timers, idleMs }: Settings): Network {
  const silence = pause(timers)

  return {
    begin: (purpose) => ({ ...purpose, pausesBefore: silence.count }),
    refuse: (answer, request) => silence.note(refusal(answer, request)),

    async exchange(request, url, { bytes = 0, ...init }, { check, largestBytes = largestAnswer } = {}) {
      const { signal, doing } = request
      throwIfAborted(signal, doing)
      silence.check(request)
      const dog = watchdog(timers, signal)
      try {
        dog.expectLifeWithin(idleMs + (bytes / slowestBytesPerSecond) * 1000)
        // Followed by hand: a token must not go where a redirect leads.
        const response = await fetch(url, { ...init, redirect: 'manual', signal: dog.signal })
        dog.expectLifeWithin(idleMs)
        check?.(response.status, response.headers)
        const body = await readBody(response, request, largestBytes, () => dog.expectLifeWithin(idleMs))
        return { status: response.status, headers: response.headers, body }
      } catch (error) {
        throwIfAborted(signal, doing)
        throw dog.barked ? nothingMoved(request, idleMs) : connectionError(error, request)
      } finally {
        dog.stop()
      }
    },
  }
}

function nothingMoved({ doing, key }: Purpose, ms: number): BackupError {
  return new BackupError('transient', `Cannot ${doing}: nothing moved for ${Math.ceil(ms / 1000)} s.`, {
    plugin: 'onedrive',
    key,
    hint: 'Check the connection; it is tried again by itself.',
  })
}
