import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import { aroundCalls } from './around-calls.ts'

/**
 * The same provider, with at most so many calls under way at a time; the others wait, in the order they came.
 *
 * For accounts that count connections, or that other programs share. A provider that sends one object over
 * several connections goes on doing so: its own option limits those. Waiting counts towards `idleMs` of
 * `withRetry` above it: a call that waits for two minutes behind others is given up and repeated.
 * `capabilities.concurrency` is lowered, so that one backup alone hardly waits.
 *
 * @param calls a whole number, at least 1
 * @throws `config` when it is not
 *
 * @example
 * ```ts
 * const gentle = withConcurrencyLimit(s3({ bucket: 'shop' }), 2)
 * ```
 */
export function withConcurrencyLimit(provider: BackupProvider, calls: number): BackupProvider {
  if (!Number.isInteger(calls) || calls < 1) {
    const text = `A limit on concurrency is a whole number of at least 1, not ${String(calls)}.`
    throw new BackupError('config', text, { key: 'calls' })
  }
  let free = calls
  const waiting = new Set<() => void>()

  /** Resolves when there is room; whoever gives up waiting takes none. */
  const enter = (signal: AbortSignal | undefined, doing: string): Promise<void> => {
    throwIfAborted(signal, doing)
    if (free > 0) {
      free--
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', cancel)
        resolve()
      }
      const cancel = (): void => {
        waiting.delete(go)
        reject(new BackupError('cancelled', `Cancelled while ${doing}.`, { cause: signal?.reason }))
      }
      waiting.add(go)
      signal?.addEventListener('abort', cancel, { once: true })
    })
  }
  const leave = (): void => {
    const [next] = waiting
    if (!next) return void free++
    waiting.delete(next)
    next()
  }

  const limited = aroundCalls(provider, async ({ operation, signal }, run) => {
    await enter(signal, `waiting for a turn to ${operation}`)
    try {
      return await run()
    } finally {
      leave()
    }
  })
  const { concurrency, smallConcurrency } = capabilitiesOf(provider)
  const lowered = { concurrency: Math.min(calls, concurrency), smallConcurrency: Math.min(calls, smallConcurrency) }
  return { ...limited, capabilities: { ...provider.capabilities, ...lowered } }
}
