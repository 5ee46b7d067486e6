import { BackupError, type ErrorKind } from '../errors.ts'

/**
 * Keeps calls from a provider that does not work: after some failures in a row it is left alone for a while, then one call
 * is let through to see.
 */
export interface Breaker {
  /** May it be called now? */
  readonly isClosed: boolean
  /** Milliseconds until the next attempt makes sense; 0 when it is closed. */
  readonly reopensInMs: number
  /** Why it was opened last; absent when it is closed. */
  readonly reason: BackupError | undefined
  worked(): void
  failed(error: unknown): void
  /** Somebody wants to know now: the next call is let through. */
  retryNow(): void
}

/** Failures in a row that open it. */
const tolerated = 2
const longestPauseMs = 15 * 60_000

/** What no next attempt changes by itself: somebody has to mount a disk, sign in or make room. */
const lasting: ReadonlySet<ErrorKind> = new Set(['target-missing', 'auth', 'quota', 'config', 'unsupported'])

/** The caller's own doing, or about one object: nothing against the provider. */
const innocent: ReadonlySet<ErrorKind> = new Set(['cancelled', 'not-found', 'range', 'exists', 'corrupt'])

/** @param firstPauseMs how long it is left alone at first; each further pause is twice as long */
export function breaker(now: () => number, firstPauseMs = 5_000): Breaker {
  let failures = 0
  let pauses = 0
  let opensUntil = -Infinity
  let reason: BackupError | undefined

  const leftMs = (): number => Math.max(0, opensUntil - now())

  return {
    get isClosed() {
      return leftMs() === 0
    },
    get reopensInMs() {
      return leftMs()
    },
    get reason() {
      return leftMs() === 0 ? undefined : reason
    },
    worked() {
      failures = 0
      pauses = 0
      opensUntil = -Infinity
      reason = undefined
    },
    failed(error) {
      if (!BackupError.is(error) || innocent.has(error.kind)) return
      reason = error
      failures++
      if (failures < tolerated && !lasting.has(error.kind)) return
      const pauseMs = Math.max(error.retryAfterMs ?? 0, Math.min(longestPauseMs, firstPauseMs * 2 ** pauses))
      pauses++
      opensUntil = now() + pauseMs
    },
    retryNow() {
      opensUntil = -Infinity
    },
  }
}
