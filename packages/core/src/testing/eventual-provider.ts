import type { BackupProvider, ListedObject } from '../contract/provider.ts'
import { systemTimers, type Timers } from '../provider/timers.ts'
import { seededRandom } from './seeded-random.ts'

export interface EventualOptions {
  /** Decides which front end answers, and when each learns of a change. */
  readonly seed: number
  /** After this many milliseconds every front end knows. */
  readonly lagMs: number
  readonly clock?: Pick<Timers, 'now'>
  /** [3] */
  readonly frontEnds?: number
}

/**
 * Wraps a provider so that its listings are stale, as those of large clouds are: several front ends answer in
 * turn at random, and each learns of a put or a delete at a moment of its own. One listing may show an object
 * that the next one hides. `get` and `stat` are exact, as the contract asks for.
 *
 * Clients that share a wrapped provider see the same front ends.
 */
export function eventualProvider(inner: BackupProvider, options: EventualOptions): BackupProvider {
  const { seed, lagMs, clock = systemTimers, frontEnds = 3 } = options
  const random = seededRandom(seed)
  const changes = new Map<string, Change>()

  const note = (key: string, before: ListedObject | undefined): void => {
    const now = clock.now()
    const known = Array.from({ length: frontEnds }, () => now + random.next() * lagMs)
    changes.set(key, { before, known, settledAt: now + lagMs })
  }
  const listed = async (key: string): Promise<ListedObject | undefined> => {
    const info = await inner.stat(key)
    return info && { key, ...info }
  }

  return {
    contract: inner.contract,
    name: inner.name,
    location: inner.location,
    capabilities: { ...inner.capabilities, listLagMs: lagMs },
    ...(inner.runtime && { runtime: inner.runtime }),

    open: (openOptions) => inner.open(openOptions),
    get: (key, getOptions) => inner.get(key, getOptions),
    stat: (key, callOptions) => inner.stat(key, callOptions),

    async put(key, body, putOptions) {
      const before = await listed(key)
      await inner.put(key, body, putOptions)
      if (!before) note(key, undefined)
    },

    async delete(key, callOptions) {
      const before = await listed(key)
      await inner.delete(key, callOptions)
      if (before) note(key, before)
    },

    async *list(prefix, callOptions) {
      const frontEnd = random.below(frontEnds)
      const now = clock.now()
      for (const [key, { settledAt }] of changes) if (settledAt <= now) changes.delete(key)
      // Decided once: what this front end has not heard of stays unheard of until the listing ends.
      const news = new Map([...changes].filter(([, { known }]) => (known[frontEnd] ?? now) > now))

      for await (const object of inner.list(prefix, callOptions)) if (!news.has(object.key)) yield object
      for (const [key, { before }] of news) if (before && key.startsWith(prefix)) yield before
    },

    ...(inner.usage && { usage: async (callOptions) => (await inner.usage?.(callOptions)) ?? {} }),
    ...(inner.close && { close: async () => inner.close?.() }),
  }
}

interface Change {
  /** What a front end that does not know of the change shows. */
  readonly before: ListedObject | undefined
  /** When each front end learns of it. */
  readonly known: readonly number[]
  readonly settledAt: number
}
