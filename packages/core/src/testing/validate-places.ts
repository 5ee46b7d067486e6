import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { clearPlace } from './validate-clean.ts'
import { createMeter, metered, type Meter } from './validate-metered.ts'

/**
 * Makes a client of a place of this name on the account: a folder, a prefix, a bucket. It need not be there;
 * `open({ create: true })` makes it. Called again for the same place, it makes another client of it.
 */
export type PlaceFactory = (place: string) => BackupProvider

/** The places that a validation uses, and what is in them. */
export interface Places {
  readonly meter: Meter
  /** A place that is empty; one that nobody has created yet when `used` will not do. */
  take(used: boolean): string
  giveBack(place: string, left: readonly string[]): void
  client(place: string, signal: AbortSignal): BackupProvider
  /** Clears one place, or all. */
  clear(place?: string): Promise<string[]>
  locations(): string[]
}

export function createPlaces(make: PlaceFactory, run: string): Places {
  const meter = createMeter()
  const locations = new Map<string, string>()
  const empty: string[] = []
  let count = 0

  const clearOne = async (place: string): Promise<string[]> => {
    const left = await clearPlace(() => make(place), meter.keys.get(place) ?? [])
    if (left.length === 0) meter.keys.get(place)?.clear()
    return left.map((key) => `${locations.get(place)}: ${key}`)
  }
  return {
    meter,
    take: (used) => (used ? empty.pop() : undefined) ?? `${run}-${++count}`,
    // Few places: on some stores an empty one remains.
    giveBack: (place, left) => void (left.length === 0 && empty.push(place)),
    client(place, signal) {
      const provider = made(make, place)
      locations.set(place, provider.location)
      return metered(provider, place, meter, signal)
    },
    async clear(place) {
      if (place !== undefined) return clearOne(place)
      const left: string[] = []
      for (const each of locations.keys()) left.push(...(await clearOne(each)))
      return left
    },
    locations: () => [...new Set(locations.values())],
  }
}

/** @throws `config` when that is no provider */
export function made(make: PlaceFactory, place: string): BackupProvider {
  const provider = make(place) as Partial<BackupProvider> | undefined
  if (typeof provider?.put === 'function' && typeof provider.location === 'string')
    return provider as BackupProvider
  throw new BackupError('config', `The factory made no provider for the place "${place}".`, {
    hint: 'It is called with a name and returns a provider at once: (place) => local(`/mnt/usb/${place}`).',
  })
}
