/**
 * Time for a sender whose server is real. It passes while somebody waits in `settle`, and then in leaps to whatever is due next; while an
 * attempt is under way it stands still, however long a busy machine takes. So what happens depends on no speed, and takes no time.
 */
export interface SenderClock {
  now(): number
  setTimeout(callback: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  /** Lets time pass until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T>
  /** Drops all that is due: of senders that nobody needs any more. */
  forget(): void
}

export interface SenderClockOptions {
  /** How often the server has failed: an attempt that goes on after that hangs, and time passes for it. */
  readonly faults: () => number
  /** By the timer that it sets, an attempt is known. [15,000] */
  readonly attemptMs?: number
}

interface Timer {
  readonly at: number
  readonly fire: () => void
  readonly isAttempt: boolean
  /** Of the server, when it was set. */
  readonly faults: number
  turnsSinceFault: number
}

/**
 * So many turns of the event loop, which the sender and its server share, are enough for an answer to arrive: those on the loopback come
 * at the next turn or the one after it.
 */
const patience = 100

export function senderClock({ faults, attemptMs = 15_000 }: SenderClockOptions): SenderClock {
  const timers = new Map<number, Timer>()
  let nowMs = 0
  let lastId = 0

  const standsStill = (): boolean => {
    let isUnderWay = false
    for (const timer of timers.values()) {
      if (!timer.isAttempt) continue
      if (faults() > timer.faults) timer.turnsSinceFault++
      if (timer.turnsSinceFault < patience) isUnderWay = true
    }
    return isUnderWay
  }
  const leap = (): void => {
    const [next] = [...timers].sort(([, one], [, other]) => one.at - other.at)
    if (!next) return
    const [id, { at, fire }] = next
    timers.delete(id)
    nowMs = Math.max(nowMs, at)
    fire()
  }

  return {
    now: () => nowMs,
    setTimeout(fire, ms) {
      const isAttempt = ms === attemptMs
      timers.set(++lastId, { at: nowMs + Math.max(0, Math.ceil(ms)), fire, isAttempt, faults: faults(), turnsSinceFault: 0 })
      return lastId
    },
    clearTimeout(timer) {
      timers.delete(timer as number)
    },
    async settle(promise) {
      let isSettled = false
      const end = (): void => void (isSettled = true)
      promise.then(end, end)
      await turn()
      while (!isSettled) {
        if (!standsStill()) leap()
        await turn()
      }
      return promise
    },
    forget: () => timers.clear(),
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
