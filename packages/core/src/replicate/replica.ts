import type { BackupProvider } from '../contract/provider.ts'
import { type Breaker, breaker } from './breaker.ts'

/** One of several providers that are to hold the same objects. */
export interface Replica {
  readonly provider: BackupProvider
  /** The same in every session: under it the outbox remembers what the provider lacks. */
  readonly id: string
  readonly breaker: Breaker
  /** Milliseconds that its calls took of late, smoothed; unknown is quick, so that everybody is tried. */
  readonly latencyMs: number
  /** Calls it, and takes note of how it went. */
  call<T>(run: (provider: BackupProvider) => Promise<T>): Promise<T>
}

/** A newer call counts for so much of the average. */
const weight = 0.2

export function replica(provider: BackupProvider, id: string, now: () => number, firstPauseMs?: number): Replica {
  const safety = breaker(now, firstPauseMs)
  let latencyMs = 0
  return {
    provider,
    id,
    breaker: safety,
    get latencyMs() {
      return latencyMs
    },
    async call(run) {
      const since = now()
      try {
        const result = await run(provider)
        safety.worked()
        latencyMs += (now() - since - latencyMs) * weight
        return result
      } catch (error) {
        safety.failed(error)
        throw error
      }
    },
  }
}

/** Those that work before those that do not, the quick ones first. */
export function inOrderOfTrust(replicas: readonly Replica[]): Replica[] {
  return [...replicas].sort(
    (a, b) => Number(b.breaker.isClosed) - Number(a.breaker.isClosed) || a.latencyMs - b.latencyMs,
  )
}
