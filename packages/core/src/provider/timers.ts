import { BackupError, throwIfAborted } from '../errors.ts'

/** Time, so that tests can turn the clock. */
export interface Timers {
  /** Milliseconds since some moment; never goes back. */
  now(): number
  /** Milliseconds since 1970. Goes on while the machine sleeps, where `now` may stand still, and may be set. @default `now` */
  wall?(): number
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(ms, longestTimerMs)),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
}

// A longer delay does not fit a timer, which then fires at once.
const longestTimerMs = 2 ** 31 - 1

/**
 * Waits, and stops waiting when the signal fires.
 *
 * @throws `cancelled`
 */
export async function sleep(
  timers: Timers,
  ms: number,
  signal: AbortSignal | undefined,
  doing: string,
): Promise<void> {
  throwIfAborted(signal, doing)
  let timer: unknown
  let cancel: (() => void) | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      timer = timers.setTimeout(resolve, ms)
      cancel = () =>
        reject(new BackupError('cancelled', `Cancelled while ${doing}.`, { cause: signal?.reason }))
      signal?.addEventListener('abort', cancel, { once: true })
    })
  } finally {
    timers.clearTimeout(timer)
    if (cancel) signal?.removeEventListener('abort', cancel)
  }
}
