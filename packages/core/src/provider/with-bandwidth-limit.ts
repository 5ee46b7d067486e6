import { type BackupProvider, capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { aroundCalls, type ProviderCall } from './around-calls.ts'
import { sleep, systemTimers, type Timers } from './timers.ts'

/** Bytes a second, each more than 0; a direction that is left out is not limited. */
export interface BandwidthLimit {
  readonly uploadBytesPerSecond?: number
  readonly downloadBytesPerSecond?: number
  /** For tests: time. */
  readonly timers?: Timers
}

/** Each of several transfers at a time should be faster than what `withRetry` takes for a standstill. */
const slowestTransfer = 64 * 1024
const aliveEveryMs = 10_000

/**
 * The same provider, that moves no more bytes than this, on average.
 *
 * An object goes at the speed of the line; the next one waits until the line has been quiet for long enough.
 * So over a minute the limit holds, and within the time that one pack takes it does not: for a line that must
 * never be full, limit it where it begins, in the router. What a provider does by itself (`heal`, a
 * comparison with what is there) is not counted. A low limit also lowers `capabilities.concurrency`, so that
 * no transfer is taken for one that hangs; below 65,536 bytes a second some are repeated.
 *
 * @throws `config` when a limit is not a number above 0
 *
 * @example
 * ```ts
 * const modest = withBandwidthLimit(s3({ bucket: 'shop' }), { uploadBytesPerSecond: 500_000 })
 * ```
 */
export function withBandwidthLimit(provider: BackupProvider, limit: BandwidthLimit): BackupProvider {
  const { timers = systemTimers } = limit
  const up = meter(timers, 'uploadBytesPerSecond', limit.uploadBytesPerSecond)
  const down = meter(timers, 'downloadBytesPerSecond', limit.downloadBytesPerSecond)

  const limited = aroundCalls(provider, async (call, run) => {
    if (call.operation === 'put') {
      await up.turn(call)
      return run()
    }
    if (call.operation !== 'get') return run()
    await down.turn(call)
    const result = await run()
    // Of a whole object nobody knew the size.
    down.charge((result as Uint8Array).length - call.bytes)
    return result
  })
  const slower = Math.min(limit.uploadBytesPerSecond ?? Infinity, limit.downloadBytesPerSecond ?? Infinity)
  const together = Math.max(1, Math.floor(slower / slowestTransfer))
  const { concurrency, smallConcurrency } = capabilitiesOf(provider)
  const lowered = { concurrency: Math.min(together, concurrency), smallConcurrency: Math.min(together, smallConcurrency) }
  return { ...limited, capabilities: { ...provider.capabilities, ...lowered } }
}

interface Meter {
  /** Charges the bytes of this call, and waits until what was charged before has passed. */
  turn(call: ProviderCall): Promise<void>
  charge(bytes: number): void
}

function meter(timers: Timers, option: string, bytesPerSecond = Infinity): Meter {
  if (!(typeof bytesPerSecond === 'number' && bytesPerSecond > 0)) {
    throw new BackupError(
      'config',
      `Option "${option}" must be a number above 0, not ${String(bytesPerSecond)}.`,
      {
        key: option,
      },
    )
  }
  /** When all that was charged would have passed at the limit. */
  let freeAt = -Infinity
  const charge = (bytes: number): void => {
    freeAt = Math.max(freeAt, timers.now()) + (bytes / bytesPerSecond) * 1000
  }
  return {
    charge,
    async turn({ operation, key, bytes, signal, alive }) {
      const startsAt = Math.max(freeAt, timers.now())
      // Charged before waiting: who comes next waits for this one too.
      charge(bytes)
      try {
        for (let left = startsAt - timers.now(); left > 0; left = startsAt - timers.now()) {
          await sleep(
            timers,
            Math.min(left, aliveEveryMs),
            signal,
            `waiting for the bandwidth limit to ${operation} ${key}`,
          )
          alive()
        }
      } catch (error) {
        charge(-bytes)
        throw error
      }
    },
  }
}
