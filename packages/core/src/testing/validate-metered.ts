import type { BackupProvider, CallOptions } from '../contract/provider.ts'

/** What went through metered clients: everything that has to be cleared away, and what it has cost. */
export interface Meter {
  /** Keys that may be stored, by place. */
  readonly keys: Map<string, Set<string>>
  sentBytes: number
  receivedBytes: number
}

export function createMeter(): Meter {
  return { keys: new Map(), sentBytes: 0, receivedBytes: 0 }
}

/** A provider that notes what it stores and moves, and whose calls all end when the signal fires. */
export function metered(
  provider: BackupProvider,
  place: string,
  meter: Meter,
  signal: AbortSignal,
): BackupProvider {
  const keys = meter.keys.get(place) ?? new Set<string>()
  meter.keys.set(place, keys)
  const both = <T extends CallOptions>(options: T | undefined): T =>
    ({ ...options, signal: options?.signal ? AbortSignal.any([signal, options.signal]) : signal }) as T
  const { usage, close } = provider

  return {
    contract: provider.contract,
    name: provider.name,
    location: provider.location,
    ...(provider.capabilities && { capabilities: provider.capabilities }),
    ...(provider.runtime && { runtime: provider.runtime }),
    open: (options) => provider.open(both(options)),
    put(key, body, options) {
      // Before the call: one that fails may have stored it all the same.
      keys.add(key)
      meter.sentBytes += body.length
      return provider.put(key, body, both(options))
    },
    async get(key, options) {
      const bytes = await provider.get(key, both(options))
      meter.receivedBytes += bytes.length
      return bytes
    },
    stat: (key, options) => provider.stat(key, both(options)),
    list: (prefix, options) => provider.list(prefix, both(options)),
    delete: (key, options) => provider.delete(key, both(options)),
    ...(usage && { usage: (options) => usage.call(provider, both(options)) }),
    ...(close && { close: () => close.call(provider) }),
  }
}
