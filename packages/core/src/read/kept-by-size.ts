/** Things that were used a moment ago, as many as fit; the one that was used last stays, however large it is. */
export interface KeptBySize<Key, Value> {
  /** Counts as a use. */
  get(key: Key): Value | undefined
  set(key: Key, value: Value, bytes: number): void
  /** @param value only if it is this one */
  delete(key: Key, value?: Value): void
}

export function keptBySize<Key, Value>(mostBytes: number): KeptBySize<Key, Value> {
  /** Least recently used first. */
  const kept = new Map<Key, { readonly value: Value; readonly bytes: number }>()
  let total = 0
  let latest: Key | undefined
  const forget = (key: Key): void => {
    total -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    get(key) {
      const found = kept.get(key)
      if (!found) return undefined
      if (key === latest) return found.value
      latest = key
      kept.delete(key)
      kept.set(key, found)
      return found.value
    },
    set(key, value, bytes) {
      forget(key)
      latest = key
      kept.set(key, { value, bytes })
      total += bytes
      for (const oldest of kept.keys()) {
        if (total <= mostBytes || oldest === key) return
        forget(oldest)
      }
    },
    delete(key, value) {
      if (value === undefined || kept.get(key)?.value === value) forget(key)
    },
  }
}
