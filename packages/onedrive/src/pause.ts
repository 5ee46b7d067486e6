import { BackupError, type Timers } from '@backup/core'
import type { Request } from './request.ts'

/**
 * What is under way when the account asks for a pause, ends there. An upload would send its next part into
 * the pause, and Microsoft lengthens it for whoever does. Calls that begin later are held back above, by
 * `withRetry`, which knows the time.
 */
export interface Pause {
  /** Counts the pauses so far; a call remembers it from its beginning. */
  readonly count: number
  /** Looks whether an error asks for a pause. */
  note(error: BackupError): BackupError
  /** @throws `throttled` when there was a pause since the call began */
  check(request: Request): void
}

export function pause(timers: Timers): Pause {
  let count = 0
  let until = -Infinity

  return {
    get count() {
      return count
    },
    note(error) {
      if (error.kind !== 'throttled') return error
      count++
      until = Math.max(until, timers.now() + (error.retryAfterMs ?? 0))
      return error
    },
    check({ doing, key, pausesBefore }) {
      if (pausesBefore === count) return
      const leftMs = Math.ceil(until - timers.now())
      throw new BackupError('throttled', `Cannot ${doing}: OneDrive has asked for a pause meanwhile.`, {
        plugin: 'onedrive',
        key,
        ...(leftMs > 0 && { retryAfterMs: leftMs }),
      })
    },
  }
}
