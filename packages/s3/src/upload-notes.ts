import type { UploadJournal } from '@backup/core'

/** An upload in parts that has begun. */
export interface Noted {
  readonly uploadId: string
  readonly size: number
  readonly sha256: string
  readonly partBytes: number
  /** Milliseconds since 1970. */
  readonly begunAt: number
}

/** Remembers uploads that have begun and not ended: in memory, and in the journal if there is one. */
export interface UploadNotes {
  keepIn(journal: UploadJournal): void
  /** The note about one object, for one put at a time; another one meanwhile gets a note that is not kept. */
  take(key: string): TakenNote
  /** What there are notes about. */
  all(): Promise<(readonly [key: string, Noted])[]>
  /** Whether they outlive this process. */
  areKept(): boolean
}

export interface TakenNote {
  /** Whether an upload can be found again by it. */
  readonly lasts: boolean
  read(): Promise<Noted | undefined>
  write(note: Noted): Promise<void>
  remove(): Promise<void>
  release(): void
}

/** @param location of the place, so that a journal that served another one misleads nobody */
export function uploadNotes(location: string): UploadNotes {
  const inMemory = new Map<string, Noted>()
  const taken = new Set<string>()
  let journal: UploadJournal | undefined

  const read = async (key: string): Promise<Noted | undefined> => {
    const known = inMemory.get(key)
    if (known || !journal) return known
    return parse(location, await journal.read(key).catch(() => undefined))
  }

  return {
    keepIn(kept) {
      journal = kept
    },

    areKept: () => journal !== undefined,

    async all() {
      const keys = new Set([...inMemory.keys(), ...((await journal?.keys().catch(() => [])) ?? [])])
      const found = await Promise.all([...keys].map(async (key) => [key, await read(key)] as const))
      return found.flatMap(([key, note]) => (note ? [[key, note] as const] : []))
    },

    take(key) {
      const lasts = !taken.has(key)
      if (!lasts) return { lasts, read: async () => undefined, write: nothing, remove: nothing, release() {} }
      taken.add(key)
      return {
        lasts,
        read: () => read(key),
        // Without a note the upload begins anew after a crash, which is no reason to fail now.
        async write(note) {
          inMemory.set(key, note)
          await journal?.write(key, JSON.stringify({ location, ...note })).catch(() => {})
        },
        async remove() {
          inMemory.delete(key)
          await journal?.remove(key).catch(() => {})
        },
        release: () => void taken.delete(key),
      }
    },
  }
}

/** A note of another version, or of another place, is none. */
function parse(location: string, text: string | undefined): Noted | undefined {
  try {
    const { location: place, ...note } = JSON.parse(text ?? 'null') as Noted & { location: string }
    const { uploadId, size, sha256, partBytes, begunAt } = note
    const isWhole = [size, partBytes, begunAt].every((value) => Number.isSafeInteger(value) && value > 0)
    if (place !== location || typeof uploadId !== 'string' || typeof sha256 !== 'string' || !isWhole)
      return undefined
    return { uploadId, size, sha256, partBytes, begunAt }
  } catch {
    return undefined
  }
}

async function nothing(): Promise<void> {}
