import type { Timers } from '@backup/core'

/** Time that stands still until something waits, and then is over at once. */
export interface FakeTime {
  readonly timers: Timers
  readonly clock: () => Date
  /** Every wait that came to its end, in milliseconds. */
  readonly waits: number[]
  advance(ms: number): void
}

/** @param passes waits of this many milliseconds or more never end by themselves: time limits */
export function fakeTime(passes = 30_000): FakeTime {
  let now = 1_000_000
  const waits: number[] = []
  return {
    waits,
    clock: () => new Date(1_700_000_000_000 + now),
    advance: (ms) => void (now += ms),
    timers: {
      now: () => now,
      setTimeout: (callback, ms) =>
        ms >= passes
          ? undefined
          : setImmediate(() => {
              now += ms
              waits.push(ms)
              callback()
            }),
      clearTimeout: (timer) => clearImmediate(timer as NodeJS.Immediate),
    },
  }
}
