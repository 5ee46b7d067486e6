import type { Timers } from '../provider/timers.ts'

/** Turns of the real event loop, about a millisecond each, that real work may take while no timer is set. */
const patience = 10_000

/** A clock that stands still until a test turns it. */
export interface FakeClock extends Timers {
  /** The time of day; hand it to what wants a `() => Date`. */
  date(): Date
  /** Timers that are set and have not fired. */
  readonly pending: number
  /**
   * Turns the clock. Timers fire in order, each at its own time, and what they started may go on in between.
   */
  advance(ms: number): Promise<void>
  /** Turns the clock as far as it takes until the promise settles, and returns what it settled to. */
  settle<T>(promise: Promise<T>): Promise<T>
}

/**
 * Makes a clock that starts at the given moment.
 *
 * @example
 * ```ts
 * const clock = fakeClock('2031-03-30T00:30:00Z')
 * const patient = withRetry(provider, { timers: clock })
 * await clock.settle(patient.put(key, body))
 * ```
 */
export function fakeClock(start: string | Date = '2026-01-01T00:00:00.000Z'): FakeClock {
  const startMs = new Date(start).getTime()
  const timers = new Map<number, { readonly at: number; readonly fire: () => void }>()
  let elapsedMs = 0
  let lastId = 0

  const earliest = (untilMs: number): number | undefined => {
    let found: number | undefined
    for (const [id, { at }] of timers) {
      if (at <= untilMs && (found === undefined || at < (timers.get(found)?.at ?? 0))) found = id
    }
    return found
  }
  const fireNext = async (untilMs: number): Promise<boolean> => {
    const id = earliest(untilMs)
    const timer = id === undefined ? undefined : timers.get(id)
    if (id === undefined || !timer) return false
    timers.delete(id)
    elapsedMs = Math.max(elapsedMs, timer.at)
    timer.fire()
    await othersRun()
    return true
  }

  return {
    now: () => startMs + elapsedMs,
    date: () => new Date(startMs + elapsedMs),

    setTimeout(callback, ms) {
      timers.set(++lastId, { at: elapsedMs + Math.max(0, ms), fire: callback })
      return lastId
    },

    clearTimeout(timer) {
      timers.delete(timer as number)
    },

    get pending() {
      return timers.size
    },

    async advance(ms) {
      const untilMs = elapsedMs + ms
      await othersRun()
      while (await fireNext(untilMs)) {}
      elapsedMs = Math.max(elapsedMs, untilMs)
      await othersRun()
    },

    async settle(promise) {
      let settled = false
      const done = (): void => {
        settled = true
      }
      promise.then(done, done)
      await othersRun()
      // Something real (a file, a worker) may still be under way when no timer is set.
      for (let idle = 0; !settled; idle++) {
        if (idle > patience) throw new Error('No timer is set, and still nothing settles.')
        if (await fireNext(Infinity)) idle = 0
        else await othersRun()
      }
      return promise
    },
  }
}

/** Lets promises settle and short real work end. */
function othersRun(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
