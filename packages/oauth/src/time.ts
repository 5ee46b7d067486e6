import { BackupError, throwIfAborted, type Timers } from '@backup/core'
import { refusedOption } from './client.ts'
import { deferred } from './deferred.ts'

/** Time as the host gives it; tests turn both. */
export interface TimeOptions {
  /** Wall clock, for the life of tokens. [the system's] */
  readonly clock?: () => Date
  /** For waiting. [the system's] */
  readonly timers?: Timers
}

export interface Time {
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly timers: Timers
}

const longestMs = 2 ** 31 - 1

const systemTimers: Timers = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(ms, longestMs)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
}

export function timeOf({ clock = () => new Date(), timers = systemTimers }: TimeOptions): Time {
  return { now: () => clock().getTime(), timers }
}

/** @throws `config` */
export function checkTimeoutMs(ms: number, longest: number, of: string): number {
  if (Number.isFinite(ms) && ms > 0 && ms <= longest) return ms
  throw refusedOption(of, 'timeoutMs', `more than 0 and at most ${longest} milliseconds`)
}

/**
 * Waits for something that may never come, until the signal fires.
 *
 * @throws `cancelled`
 */
export async function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  doing: string,
): Promise<T> {
  throwIfAborted(signal, doing)
  if (!signal) return promise
  const { promise: aborted, reject } = deferred<never>()
  const abort = (): void => reject(cancelled(signal, doing))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** @throws `cancelled` */
export async function pause(
  timers: Timers,
  ms: number,
  signal: AbortSignal | undefined,
  doing: string,
): Promise<void> {
  const { promise, resolve } = deferred<void>()
  const timer = timers.setTimeout(resolve, ms)
  try {
    await unlessAborted(promise, signal, doing)
  } finally {
    timers.clearTimeout(timer)
  }
}

function cancelled(signal: AbortSignal, doing: string): BackupError {
  return new BackupError('cancelled', `Cancelled while ${doing}.`, { cause: signal.reason })
}
