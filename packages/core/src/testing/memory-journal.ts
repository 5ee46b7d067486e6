import type { UploadJournal } from '../contract/provider.ts'

/**
 * A journal of uploads, open to a test. Hand it to two clients: they are then two processes on one machine.
 */
export interface MemoryJournal extends UploadJournal {
  /** Notes by key. */
  readonly notes: Map<string, string>
}

/**
 * Makes an empty one.
 *
 * @example
 * ```ts
 * const journal = memoryJournal()
 * await provider.open({ create: true, journal })
 * ```
 */
export function memoryJournal(): MemoryJournal {
  const notes = new Map<string, string>()
  return {
    notes,
    read: async (key) => notes.get(key),
    write: async (key, note) => void notes.set(key, note),
    remove: async (key) => void notes.delete(key),
    keys: async () => [...notes.keys()],
  }
}
