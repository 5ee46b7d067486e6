import { BackupError } from '../errors.ts'
import type { Timers } from './timers.ts'

/** One attempt at one call, as the watchdog sees it. */
export interface WatchedAttempt {
  readonly plugin: string
  /** What is being done, for messages: `put packs/0a/…`. */
  readonly doing: string
  readonly key: string
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined
  /** Time for the first sign of life. */
  readonly firstMs: number
  /** Time between two signs of life. */
  readonly idleMs: number
}

/** How long a provider may take to stop after its signal fired, before its promise is left alone. */
const graceMs = 1_000

/**
 * Runs one attempt with a signal of its own, which fires when the caller cancels or when nothing moved for
 * too long. A provider that ignores the signal is abandoned a second later: nobody waits for ever. What the
 * attempt managed to finish after the signal counts.
 *
 * @throws `cancelled`, `transient` (nothing moved), or what the provider threw, as a `BackupError`.
 */
export async function watch<T>(
  timers: Timers,
  attempt: WatchedAttempt,
  work: (signal: AbortSignal, alive: () => void) => Promise<T>,
): Promise<T> {
  const { signal, firstMs, idleMs } = attempt
  const controller = new AbortController()
  let timer: unknown
  let verdict: BackupError | undefined
  let abandon: (reason: BackupError) => void = () => {}

  const stop = (reason: BackupError): void => {
    if (verdict) return
    verdict = reason
    timers.clearTimeout(timer)
    timer = timers.setTimeout(() => abandon(reason), graceMs)
    controller.abort(reason)
  }
  /** A sign of life comes with each object of a listing: only when the time is over is it looked whether there was one since. */
  let [due, allowedMs, wakesAt] = [0, 0, Number.POSITIVE_INFINITY]
  const wakeAt = (time: number): void => {
    timers.clearTimeout(timer)
    wakesAt = time
    timer = timers.setTimeout(wake, time - timers.now())
  }
  const wake = (): void => {
    if (timers.now() < due) wakeAt(due)
    else stop(nothingMoved(attempt, allowedMs))
  }
  const expectLifeWithin = (ms: number): void => {
    if (verdict) return
    ;[due, allowedMs] = [timers.now() + ms, ms]
    if (due < wakesAt) wakeAt(due)
  }
  const cancel = (): void => stop(cancelled(attempt))

  try {
    if (signal?.aborted) throw cancelled(attempt)
    signal?.addEventListener('abort', cancel, { once: true })
    expectLifeWithin(firstMs)
    return await new Promise<T>((resolve, reject) => {
      abandon = reject
      work(controller.signal, () => expectLifeWithin(idleMs)).then(resolve, reject)
    })
  } catch (error) {
    throw verdict ?? asBackupError(error, attempt)
  } finally {
    timers.clearTimeout(timer)
    signal?.removeEventListener('abort', cancel)
  }
}

function cancelled({ doing, signal }: WatchedAttempt): BackupError {
  return new BackupError('cancelled', `Cancelled during ${doing}.`, { cause: signal?.reason })
}

function nothingMoved({ plugin, key, doing }: WatchedAttempt, ms: number): BackupError {
  return new BackupError(
    'transient',
    `Nothing moved for ${Math.round(ms / 1000)} s during ${doing}; gave this attempt up.`,
    {
      plugin,
      key,
      hint: 'Check the connection or the disk; it is tried again by itself.',
    },
  )
}

/** Providers promise a `BackupError`. Anything else is a fault in one, and repeating it cannot help. */
function asBackupError(error: unknown, { plugin, key, doing }: WatchedAttempt): BackupError {
  if (BackupError.is(error)) return error
  return new BackupError('permanent', `${plugin} failed in a way it did not foresee during ${doing}.`, {
    plugin,
    key,
    cause: error,
  })
}
