import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel'
import type { BackupProvider } from '../contract/provider.ts'
import type { BackupError } from '../errors.ts'
import { aroundCalls, type ProviderCall } from '../provider/around-calls.ts'

/**
 * One call, as its events carry it; the same object in all of them. No secrets: keys and locations have none.
 */
export interface ProviderTrace {
  readonly provider: string
  readonly location: string
  readonly operation: ProviderCall['operation']
  /** Key or prefix; empty where a call has none. */
  readonly key: string
  /** Bytes of bodies: sent by a put, received by a get when it has ended. */
  bytes: number
  /** Objects that a listing has given, when it has ended. */
  objects?: number
  /** How long it took; since its `asyncEnd` or `error`. */
  milliseconds?: number
  /** Since its `error`. */
  error?: BackupError
}

/**
 * The name for `tracingChannel` of `node:diagnostics_channel`; its events are on
 * `tracing:backup:provider:start` and so on.
 */
export const providerChannel = 'backup:provider'

const channel: TracingChannel<ProviderTrace> = tracingChannel<ProviderTrace, ProviderTrace>(providerChannel)

/**
 * The same provider, whose calls tell about themselves on a diagnostics channel of Node: `start` when a call
 * begins, `asyncEnd` when it has ended, `error` before that when it failed. Tools for observing programs know
 * these channels. While nobody listens, nothing is measured and nothing is told.
 *
 * Around a bare provider it shows each attempt; around `withRetry`, each call with its waits.
 *
 * @example
 * ```ts
 * import { tracingChannel } from 'node:diagnostics_channel'
 *
 * tracingChannel(providerChannel).subscribe({
 *   asyncEnd: (call) => console.log((call as ProviderTrace).operation, (call as ProviderTrace).milliseconds),
 * })
 * const traced = withTrace(local('/mnt/usb/shop'))
 * ```
 */
export function withTrace(provider: BackupProvider): BackupProvider {
  const { name, location } = provider
  const begin = (operation: ProviderTrace['operation'], key: string, bytes: number): ProviderTrace => ({
    provider: name,
    location,
    operation,
    key,
    bytes,
  })

  const traced = aroundCalls(provider, async ({ operation, key, bytes }, run) => {
    if (operation === 'list' || !channel.hasSubscribers) return run()
    let result!: Awaited<ReturnType<typeof run>>
    // Not the result of what is traced: a channel has no use for the bytes of bodies.
    await trace(begin(operation, key, bytes), async (event) => {
      result = await run()
      if (result instanceof Uint8Array) event.bytes = result.length
    })
    return result
  })

  return {
    ...traced,
    // One call, however many objects.
    async *list(prefix, options) {
      const objects = provider.list(prefix, options)
      if (!channel.hasSubscribers) return yield* objects
      const event = begin('list', prefix, 0)
      event.objects = 0
      let end: () => void = () => {}
      let fail: (error: unknown) => void = () => {}
      const ended = new Promise<void>((resolve, reject) => ([end, fail] = [resolve, reject]))
      const told = trace(event, () => ended)
      told.catch(() => {})
      try {
        for await (const object of objects) {
          event.objects++
          yield object
        }
      } catch (error) {
        fail(error)
        throw error
      } finally {
        end()
        await told.catch(() => {})
      }
    },
  }
}

async function trace(event: ProviderTrace, work: (event: ProviderTrace) => Promise<void>): Promise<void> {
  const since = performance.now()
  await channel.tracePromise(async () => {
    try {
      await work(event)
    } finally {
      event.milliseconds = performance.now() - since
    }
  }, event)
}
