import { BackupError } from '../errors.ts'
import { sleep, type Timers } from './timers.ts'

/**
 * One gate for everything that goes to one account: when the store asks for a pause, every call waits, not
 * only the one that was told. A store that is asked again inside the pause lengthens it.
 */
export interface ThrottleGate {
  /** Keeps the gate shut for at least this long from now. */
  close(ms: number): void
  /** Milliseconds until the gate opens; 0 when it is open. */
  leftMs(): number
  /**
   * Waits until the gate is open.
   *
   * @throws `throttled` at once when it stays shut for longer than `patienceMs`; `cancelled`.
   */
  pass(patienceMs: number, signal: AbortSignal | undefined): Promise<void>
}

/**
 * `spreadMs` is the time over which waiting calls are let go, so that they do not all start in one moment.
 */
export function throttleGate(
  plugin: string,
  timers: Timers,
  random: () => number,
  spreadMs: number,
): ThrottleGate {
  let opensAt = -Infinity

  const leftMs = (): number => Math.max(0, opensAt - timers.now())

  return {
    leftMs,

    close(ms) {
      opensAt = Math.max(opensAt, timers.now() + ms)
    },

    async pass(patienceMs, signal) {
      const givesUpAt = timers.now() + patienceMs
      // Another call may be told to wait longer while this one waits, so look again each time.
      for (let left = leftMs(); left > 0; left = leftMs()) {
        if (timers.now() + left > givesUpAt) throw pauseTooLong(plugin, left)
        await sleep(
          timers,
          left + random() * spreadMs,
          signal,
          `waiting for ${plugin} to accept requests again`,
        )
      }
    },
  }
}

function pauseTooLong(plugin: string, leftMs: number): BackupError {
  const seconds = Math.ceil(leftMs / 1000)
  return new BackupError(
    'throttled',
    `${plugin} asked for a pause that lasts ${seconds} s more, longer than this call may wait.`,
    {
      plugin,
      retryAfterMs: Math.ceil(leftMs),
    },
  )
}
