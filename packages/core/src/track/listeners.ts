import type { BackupEvent } from '../events.ts'

export type Listener = (event: BackupEvent) => void

/** Those who are told of everything that happens here. */
export interface Listeners {
  /** @returns what ends it */
  add(listener: Listener): () => void
  /** Never fails: who listens must not keep anything from being done. */
  tell(event: BackupEvent): void
}

export function createListeners(): Listeners {
  const all = new Set<{ readonly listener: Listener }>()
  return {
    add(listener) {
      // Each call counts for itself, also of one function that is added twice.
      const entry = { listener }
      all.add(entry)
      return () => void all.delete(entry)
    },
    tell(event) {
      for (const { listener } of all) {
        try {
          listener(event)
        } catch {}
      }
    },
  }
}
