import type { Timers } from '@backup/core'

/** Ends an exchange on which nothing moves; as long as something does, it may take as long as it takes. */
export interface Watchdog {
  /** Fires when the caller cancels, and when nothing moved. */
  readonly signal: AbortSignal
  /** Was it the watchdog, and not the caller? */
  readonly barked: boolean
  expectLifeWithin(ms: number): void
  /** Ends what is still under way, too. */
  stop(): void
}

export function watchdog(timers: Timers, caller: AbortSignal | undefined): Watchdog {
  const controller = new AbortController()
  let timer: unknown
  let barked = false
  const cancel = (): void => controller.abort()
  caller?.addEventListener('abort', cancel, { once: true })

  return {
    signal: controller.signal,
    get barked() {
      return barked
    },
    expectLifeWithin(ms) {
      timers.clearTimeout(timer)
      timer = timers.setTimeout(() => {
        barked = true
        controller.abort()
      }, ms)
    },
    stop() {
      timers.clearTimeout(timer)
      caller?.removeEventListener('abort', cancel)
      controller.abort()
    },
  }
}
