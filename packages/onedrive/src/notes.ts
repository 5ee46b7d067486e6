import type { UploadJournal } from '@backup/core'

/** An upload session, as it is written down for whoever goes on with it. */
export interface UploadNote {
  /** A permission to write: in no message, no log. */
  readonly url: string
  readonly size: number
  /** Of the object, in hex. */
  readonly sha256: string
  /** Milliseconds since 1970, as far as it is known. */
  readonly expiresAt?: number
  /** The name under which it is uploaded, when it is another than that of the object. */
  readonly as?: string
}

/** Notes about uploads, in memory and, where there is one, in the journal of the engine. */
export interface UploadNotes {
  useJournal(journal: UploadJournal | undefined): void
  find(key: string): Promise<UploadNote | undefined>
  write(key: string, note: UploadNote): Promise<void>
  forget(key: string): Promise<void>
  /** Forgets an upload of this process whose object is there. */
  settle(key: string): Promise<void>
  /** Forgets what has expired long ago. */
  prune(now: number): Promise<void>
}

/** Clocks differ, and a session lives longer with each part. */
const graceMs = 7 * 24 * 60 * 60 * 1000

/** A journal that fails costs an upload from the start, no more: nobody is told. */
export function uploadNotes(): UploadNotes {
  const memory = new Map<string, UploadNote>()
  let journal: UploadJournal | undefined

  const read = async (key: string): Promise<UploadNote | undefined> =>
    noteFrom(await journal?.read(key).catch(() => undefined))

  const forget = async (key: string): Promise<void> => {
    memory.delete(key)
    await journal?.remove(key).catch(() => {})
  }

  return {
    forget,
    settle: async (key) => (memory.has(key) ? forget(key) : undefined),
    useJournal(next) {
      journal = next ?? journal
    },
    find: async (key) => memory.get(key) ?? (await read(key)),
    async write(key, note) {
      memory.set(key, note)
      await journal?.write(key, JSON.stringify(note)).catch(() => {})
    },
    async prune(now) {
      for (const key of (await journal?.keys().catch(() => [])) ?? []) {
        const note = await read(key)
        if (note?.expiresAt !== undefined && note.expiresAt + graceMs < now) await forget(key)
      }
    },
  }
}

function noteFrom(text: string | undefined): UploadNote | undefined {
  if (text === undefined) return undefined
  try {
    const { url, size, sha256, expiresAt, as } = JSON.parse(text) as Partial<UploadNote>
    if (typeof url !== 'string' || !URL.canParse(url) || new URL(url).protocol !== 'https:') return undefined
    if (!Number.isSafeInteger(size) || typeof sha256 !== 'string') return undefined
    return {
      url,
      size: size as number,
      sha256,
      ...(typeof expiresAt === 'number' && { expiresAt }),
      ...(typeof as === 'string' && { as }),
    }
  } catch {
    return undefined
  }
}
