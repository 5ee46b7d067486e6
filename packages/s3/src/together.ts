import { BackupError, throwIfAborted } from '@backup/core'

/**
 * Work that everybody who asks meanwhile waits for. Whoever cancels ends it, and one of the others begins it
 * anew.
 */
export function together<T>(
  doing: string,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): (signal: AbortSignal | undefined) => Promise<T> {
  let running: Promise<T> | undefined
  return async (signal) => {
    for (;;) {
      running ??= work(signal).finally(() => {
        running = undefined
      })
      try {
        return await running
      } catch (error) {
        throwIfAborted(signal, doing)
        // Somebody else has cancelled, which is no answer for this one.
        if (!BackupError.is(error, 'cancelled')) throw error
      }
    }
  }
}
