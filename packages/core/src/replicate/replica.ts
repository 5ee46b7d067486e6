import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { Timers } from '../provider/timers.ts'
import { type Breaker, breaker } from './breaker.ts'
import type { TellReplication } from './replica-events.ts'

/** One of several providers that are to hold the same objects. */
export interface Replica {
  readonly provider: BackupProvider
  /** The same in every session: under it the outbox remembers what the provider lacks. */
  readonly id: string
  readonly breaker: Breaker
  /** It is open, and what it lacks is in its outbox. Before that nothing is stored there or read from it. */
  isAdmitted: boolean
  /** Others answered in its place, and it has not answered since. */
  readonly isSlow: boolean
  /** Milliseconds that its calls took of late, smoothed; unknown is quick, so that everybody is tried. */
  readonly latencyMs: number
  /** Why it is not used as it should be; absent when it works. */
  readonly problem: BackupError | undefined
  /** Calls it, and takes note of how it went. */
  call<T>(run: (provider: BackupProvider) => Promise<T>): Promise<T>
  /** Something is wrong with it that no call has told. */
  failed(error: unknown): void
  /** Nobody waits for it any more. */
  overtaken(): void
  /** From now on it is told whether it works: before any is open, who opens is told why none is. */
  watch(): void
  /** It has this object now. */
  got(key: string): void
  /** Takes note of what it gets from now on: a listing that is under way may miss that. */
  noteArrivals(): { readonly keys: ReadonlySet<string>; end(): void }
}

export interface ReplicaOptions {
  readonly provider: BackupProvider
  readonly id: string
  readonly timers: Timers
  readonly tell: TellReplication
  /** How long it is left alone at first when it does not work. @default 5,000 */
  readonly firstPauseMs?: number
}

/** A newer call counts for so much of the average. */
const weight = 0.2

export function replica({ provider, id, timers, tell, firstPauseMs }: ReplicaOptions): Replica {
  const safety = breaker(() => timers.now(), firstPauseMs)
  const { location } = provider
  let latencyMs = 0
  let slow: BackupError | undefined
  let [isWatched, wasAway] = [false, false]
  const arrivals = new Set<Set<string>>()

  /** Said once when it goes, and once when it comes back. */
  const announce = (): void => {
    const reason = safety.reason ?? slow
    if (!isWatched || (reason !== undefined) === wasAway) return
    wasAway = reason !== undefined
    if (!reason) return tell({ type: 'provider-back', location })
    const { kind, message, hint } = reason
    tell({ type: 'provider-away', location, reason: { kind, message, hint } })
  }

  return {
    provider,
    id,
    breaker: safety,
    isAdmitted: false,
    get isSlow() {
      return slow !== undefined
    },
    get latencyMs() {
      return latencyMs
    },
    get problem() {
      return safety.reason ?? slow
    },
    async call(run) {
      const since = timers.now()
      try {
        const result = await run(provider)
        safety.worked()
        slow = undefined
        latencyMs += (timers.now() - since - latencyMs) * weight
        announce()
        return result
      } catch (error) {
        safety.failed(error)
        announce()
        throw error
      }
    },
    failed(error) {
      safety.failed(error)
      announce()
    },
    got(key) {
      for (const keys of arrivals) keys.add(key)
    },
    noteArrivals() {
      const keys = new Set<string>()
      arrivals.add(keys)
      return { keys, end: () => void arrivals.delete(keys) }
    },
    watch() {
      isWatched = true
      announce()
    },
    overtaken() {
      slow ??= new BackupError('transient', `${location} does not answer; others answered in its place.`, {
        plugin: provider.name,
        hint: 'It is used again as soon as it answers. Look at the connection if that takes long.',
      })
      announce()
    },
  }
}

/** Those that work before those that do not; what lies nearby, and costs nothing, before the others; then the quick ones. */
export function inOrderOfTrust(replicas: readonly Replica[]): Replica[] {
  const isNearby = ({ provider }: Replica): boolean => capabilitiesOf(provider).nearby
  return [...replicas].sort(
    (a, b) =>
      Number(b.breaker.isClosed) - Number(a.breaker.isClosed) ||
      Number(a.isSlow) - Number(b.isSlow) ||
      Number(isNearby(b)) - Number(isNearby(a)) ||
      a.latencyMs - b.latencyMs,
  )
}
