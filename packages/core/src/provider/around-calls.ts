import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { RetriedOperation } from './retry-call.ts'

/** One call to a provider, as a wrapper sees it. */
export interface ProviderCall {
  readonly operation: RetriedOperation
  /** Key or prefix; empty where a call has none. */
  readonly key: string
  /** Bytes that the caller knows will move: the body of a put, the range of a get. */
  readonly bytes: number
  readonly signal: AbortSignal | undefined
  /** Tells who waits for this call that it is alive; only a put can. */
  readonly alive: () => void
}

export type Around = <T>(call: ProviderCall, run: () => Promise<T>) => Promise<T>

/**
 * The same provider, with something done around each of its calls. A listing is many calls, one for each
 * object, so that nothing is held while its reader does other things.
 */
export function aroundCalls(provider: BackupProvider, around: Around): BackupProvider {
  const { contract, name, location, capabilities, runtime, usage, heal, retain, warm, close } = provider
  const call = (
    operation: RetriedOperation,
    key: string,
    options: CallOptions | undefined,
    bytes = 0,
  ): ProviderCall => ({
    operation,
    key,
    bytes,
    signal: options?.signal,
    alive: () => {},
  })

  return {
    contract,
    name,
    location,
    ...(capabilities && { capabilities }),
    ...(runtime && { runtime }),
    open: (options) => around(call('open', '', options), () => provider.open(options)),
    put(key, body, options) {
      const alive = (): void => options?.onProgress?.(0)
      return around({ ...call('put', key, options, body.length), alive }, () =>
        provider.put(key, body, options),
      )
    },
    get: (key, options) =>
      around(call('get', key, options, options?.range?.length ?? 0), () => provider.get(key, options)),
    stat: (key, options) => around(call('stat', key, options), () => provider.stat(key, options)),
    async *list(prefix, options) {
      const objects = provider.list(prefix, options)[Symbol.asyncIterator]()
      let ended = false
      try {
        for (;;) {
          const next = await around(call('list', prefix, options), () => objects.next())
          ended = next.done === true
          if (next.done) return
          yield next.value
        }
      } finally {
        if (!ended) await objects.return?.()
      }
    },
    delete: (key, options) => around(call('delete', key, options), () => provider.delete(key, options)),
    ...(usage && {
      usage: (options) => around(call('usage', '', options), () => usage.call(provider, options)),
    }),
    ...(heal && {
      heal: (key, options) => around(call('heal', key, options), () => heal.call(provider, key, options)),
    }),
    ...(retain && {
      retain: (key, until, options) =>
        around(call('retain', key, options), () => retain.call(provider, key, until, options)),
    }),
    ...(warm && {
      warm: (key, options) => around(call('warm', key, options), () => warm.call(provider, key, options)),
    }),
    ...(close && { close: () => close.call(provider) }),
  }
}
