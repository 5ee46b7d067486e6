import type { DriveFile } from './files.ts'

/**
 * What is known of files, by the key of the object. By id Drive never lags, so ids are kept: those seen in
 * listings, for the next call, and those of files stored or removed here, until listings show that.
 */
export interface Catalog {
  copies(key: string): readonly DriveFile[]
  saw(key: string, copy: DriveFile): void
  /** Stored here: it belongs into listings from now on. */
  wrote(key: string, copy: DriveFile): void
  /** It is gone, whatever listings say. */
  lost(key: string, id: string): void
  isLost(id: string): boolean
  /** Stored here not long ago. */
  recent(prefix: string): readonly (readonly [key: string, copy: DriveFile])[]
}

/** Far beyond the longest lag that was ever reported. */
const rememberedMs = 60 * 60 * 1000
/** About 10 MB. */
const mostKeys = 50_000

export function catalog(now: () => number): Catalog {
  const known = new Map<string, readonly DriveFile[]>()
  const written = new Map<string, { readonly key: string; readonly copy: DriveFile; readonly at: number }>()
  const removed = new Map<string, number>()

  const add = (key: string, copy: DriveFile): void => {
    const others = (known.get(key) ?? []).filter(({ id }) => id !== copy.id)
    known.delete(key)
    known.set(key, [...others, copy])
    if (known.size > mostKeys) known.delete(known.keys().next().value ?? '')
  }
  const forgetOld = (): void => {
    const since = now() - rememberedMs
    // The oldest come first.
    for (const [id, { at }] of written) {
      if (at >= since) break
      written.delete(id)
    }
    for (const [id, at] of removed) {
      if (at >= since) break
      removed.delete(id)
    }
  }

  return {
    copies: (key) => known.get(key) ?? [],
    saw: add,

    wrote(key, copy) {
      forgetOld()
      removed.delete(copy.id)
      add(key, copy)
      written.set(copy.id, { key, copy, at: now() })
    },

    lost(key, id) {
      forgetOld()
      written.delete(id)
      removed.delete(id)
      removed.set(id, now())
      const left = (known.get(key) ?? []).filter((copy) => copy.id !== id)
      if (left.length > 0) known.set(key, left)
      else known.delete(key)
    },

    isLost: (id) => removed.has(id),

    recent(prefix) {
      forgetOld()
      return [...written.values()]
        .filter(({ key }) => key.startsWith(prefix))
        .map(({ key, copy }) => [key, copy] as const)
    },
  }
}
