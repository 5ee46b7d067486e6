import { deferred } from './deferred.ts'
import { unlessAborted } from './time.ts'
import type { Tokens } from './tokens.ts'

/** Where tokens live. Implement it to keep them in a key chain or a database. */
export interface TokenStore {
  /** The tokens, or `undefined` when there are none. */
  read(): Promise<Tokens | undefined>
  /** Replaces them, whole and durably: when this resolves, a power cut does not bring the old ones back. */
  write(tokens: Tokens): Promise<void>
  /** Forgets them; nothing when there are none. */
  remove(): Promise<void>
  /**
   * Waits until nobody else refreshes, in this process and in others, and returns what lets the next one go
   * on. Whoever holds it for more than 90 seconds may be passed over.
   *
   * @throws `cancelled`
   */
  lock(signal?: AbortSignal): Promise<ReleaseLock>
}

export type ReleaseLock = () => Promise<void>

/** Tokens of one process that vanish with it, for tests and scripts. */
export function memoryTokenStore(tokens?: Tokens): TokenStore {
  let held = tokens
  let last: Promise<void> = Promise.resolve()
  return {
    read: async () => held,
    async write(next) {
      held = structuredClone(next)
    },
    async remove() {
      held = undefined
    },
    async lock(signal) {
      const before = last
      const { promise, resolve } = deferred<void>()
      last = before.then(() => promise)
      try {
        await unlessAborted(before, signal, 'waiting for another refresh')
      } catch (error) {
        resolve()
        throw error
      }
      return async () => resolve()
    },
  }
}
