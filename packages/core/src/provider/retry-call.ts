import pRetry from 'p-retry'
import type { BackupError } from '../errors.ts'
import type { ThrottleGate } from './throttle-gate.ts'
import { sleep, type Timers } from './timers.ts'
import { watch } from './watchdog.ts'

/** What all calls to one provider share. */
export interface RetryPolicy {
  readonly plugin: string
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  readonly budgetMs: number
  readonly idleMs: number
  readonly slowestBytesPerSecond: number
  readonly timers: Timers
  readonly random: () => number
  readonly gate: ThrottleGate
  readonly onRetry: ((event: RetryEvent) => void) | undefined
}

/** Told before each wait. */
export interface RetryEvent {
  readonly plugin: string
  readonly operation: RetriedOperation
  /** Key or prefix; empty where a call has none. */
  readonly key: string
  /** The attempt that failed, from 1. */
  readonly attempt: number
  /** Milliseconds until the next one. */
  readonly waitMs: number
  readonly error: BackupError
}

export type RetriedOperation =
  'open' | 'put' | 'get' | 'stat' | 'list' | 'delete' | 'usage' | 'heal' | 'retain' | 'warm'

export interface RetriedCall<T> {
  readonly operation: RetriedOperation
  readonly key: string
  /** Bytes that have to move: they lengthen the time for the first sign of life. */
  readonly bytes: number
  readonly signal: AbortSignal | undefined
  readonly run: (attempt: Attempt) => Promise<T>
}

export interface Attempt {
  readonly signal: AbortSignal
  /** Says that something moved. */
  readonly alive: () => void
  /** Why the attempt before failed; absent in the first. */
  readonly previous: BackupError | undefined
}

/**
 * Carries out one call, as often as the policy allows and the kind of error makes sense.
 *
 * p-retry counts; everything about time happens here, because p-retry knows neither full jitter nor
 * Retry-After nor other clocks.
 */
export async function callWithRetry<T>(policy: RetryPolicy, call: RetriedCall<T>): Promise<T> {
  const { plugin, timers, gate } = policy
  const { operation, key, signal } = call
  const doing = key === '' ? operation : `${operation} ${key}`
  const startedAt = timers.now()
  const wallStartedAt = timers.wall?.() ?? startedAt
  // Whoever slept meanwhile must look again at what he knew: a request that is repeated a day later may do harm (FORMAT.md §21).
  const elapsedMs = (): number => Math.max(timers.now() - startedAt, (timers.wall?.() ?? timers.now()) - wallStartedAt)
  const patienceMs = (): number => policy.budgetMs - elapsedMs()
  const firstMs = Math.min(
    policy.budgetMs,
    policy.idleMs + (call.bytes / policy.slowestBytesPerSecond) * 1000,
  )
  let previous: BackupError | undefined

  const runOnce = async (number: number): Promise<T> => {
    // The wait may have been longer than it was meant to be.
    if (previous && patienceMs() < 0) throw previous
    await gate.pass(patienceMs(), signal)
    try {
      return await watch(
        timers,
        { plugin, doing, key, signal, firstMs, idleMs: policy.idleMs },
        (attemptSignal, alive) => call.run({ signal: attemptSignal, alive, previous }),
      )
    } catch (error) {
      previous = error as BackupError
      // Told even when this call gives up: the others must wait all the same.
      if (previous.kind === 'throttled') gate.close(previous.retryAfterMs ?? pause(policy, number))
      throw error
    }
  }

  return pRetry(runOnce, {
    retries: policy.attempts - 1,
    minTimeout: 0,
    shouldRetry: async ({ error, attemptNumber }) => {
      // Not narrowed by `is`: gate and watchdog throw nothing else.
      const failure = error as BackupError
      if (!failure.retryable) return false
      const throttled = failure.kind === 'throttled'
      const waitMs = throttled
        ? gate.leftMs()
        : Math.max(backoff(policy, attemptNumber), failure.retryAfterMs ?? 0)
      if (waitMs > patienceMs()) return false
      policy.onRetry?.({ plugin, operation, key, attempt: attemptNumber, waitMs, error: failure })
      if (!throttled) await sleep(timers, waitMs, signal, `waiting to repeat ${doing}`)
      return true
    },
  })
}

/**
 * Full jitter: anything between nothing and the exponential bound, so that callers that failed together part.
 */
function backoff(policy: RetryPolicy, attempt: number): number {
  return policy.random() * bound(policy, attempt)
}

/**
 * Never short: a store that asked for fewer requests without saying for how long gets at least half the
 * bound.
 */
function pause(policy: RetryPolicy, attempt: number): number {
  return (0.5 + policy.random() / 2) * bound(policy, attempt)
}

function bound({ firstDelayMs, maxDelayMs }: RetryPolicy, attempt: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** (attempt - 1))
}
