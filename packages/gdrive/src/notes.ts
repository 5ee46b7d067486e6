import { BackupError, throwIfAborted, type UploadJournal } from '@backup/core'

/** An upload that has begun: the file it will be, and where it goes on. */
export interface UploadNote {
  readonly id: string
  readonly size: number
  readonly sha256: string
  /** The session, where there is one. Whoever has it may write: it gets into no message. */
  readonly url?: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/**
 * Remembers uploads that have begun, so that the next attempt goes on with them: in this process all of it, in
 * the journal as far as there is a session to go on with.
 */
export interface UploadNotes {
  /** Takes a journal, and forgets notes in it that are too old to be of use. */
  use(journal: UploadJournal | undefined, signal: AbortSignal | undefined): Promise<void>
  find(key: string): Promise<UploadNote | undefined>
  /** What this process has begun, and nobody knows whether it is there. */
  own(key: string): UploadNote | undefined
  write(key: string, note: UploadNote): Promise<void>
  remove(key: string): Promise<void>
}

/** Google keeps a session for a week. */
const sessionMs = 6.5 * 24 * 60 * 60 * 1000

export function uploadNotes(now: () => number): UploadNotes {
  const begun = new Map<string, UploadNote>()
  let journal: UploadJournal | undefined

  const isUsable = (note: UploadNote): boolean => now() - note.at < sessionMs && note.at <= now() + sessionMs
  const read = async (key: string): Promise<UploadNote | undefined> => {
    const note = parsed(await journal?.read(key).catch(ignored))
    return note && isUsable(note) ? note : undefined
  }

  return {
    async use(given, signal) {
      journal = given
      for (const key of (await given?.keys().catch(() => [])) ?? []) {
        throwIfAborted(signal, 'looking for interrupted uploads')
        if (!(await read(key))) await given?.remove(key).catch(ignored)
      }
    },

    async find(key) {
      const own = begun.get(key)
      return own && isUsable(own) ? own : read(key)
    },

    own: (key) => begun.get(key),

    async write(key, note) {
      begun.set(key, note)
      // A journal that fails costs bytes that are sent twice, and no backup.
      if (note.url !== undefined) await journal?.write(key, JSON.stringify(note)).catch(ignored)
    },

    async remove(key) {
      const own = begun.get(key)
      begun.delete(key)
      if (own === undefined || own.url !== undefined) await journal?.remove(key).catch(ignored)
    },
  }
}

function parsed(text: string | undefined): UploadNote | undefined {
  if (text === undefined) return undefined
  try {
    const { id, size, sha256, url, at } = JSON.parse(text) as Record<string, unknown>
    if (typeof id !== 'string' || typeof sha256 !== 'string' || typeof url !== 'string') return undefined
    if (!Number.isSafeInteger(size) || typeof at !== 'number') return undefined
    return { id, size: size as number, sha256, url, at }
  } catch {
    return undefined
  }
}

function ignored(error: unknown): undefined {
  if (BackupError.is(error, 'cancelled')) throw error
  return undefined
}
