import { BackupError, type Timers } from '@backup/core'
import type { Request } from './request.ts'

/**
 * The time for which the account wants to hear nothing. An upload that is under way would send its next part into it, and
 * Microsoft lengthens the pause for whoever does; so nothing is sent, and whoever wanted to is told to wait.
 */
export interface Pause {
  /** Looks whether an error asks for a pause. */
  note(error: BackupError): BackupError
  /** @throws `throttled` while the pause lasts */
  check(request: Request): void
}

export function pause(timers: Timers): Pause {
  let until = -Infinity

  return {
    note(error) {
      if (error.kind === 'throttled') until = Math.max(until, timers.now() + (error.retryAfterMs ?? 0))
      return error
    },
    check({ doing, key }) {
      const leftMs = until - timers.now()
      if (leftMs <= 0) return
      throw new BackupError('throttled', `Cannot ${doing}: OneDrive has asked for a pause, which is not over.`, {
        plugin: 'onedrive',
        key,
        retryAfterMs: Math.ceil(leftMs),
      })
    },
  }
}
