import type { UploadJournal } from '../contract/provider.ts'
import type { Aead, Runtime, StateStore } from '../contract/runtime.ts'
import { currentEpoch, type KeyRing } from '../format/ring.ts'
import { hex, utf8 } from '../format/text.ts'

/** Notes about interrupted uploads, sealed with a key of the repository, in local state. */
export interface UploadNotes {
  /** What the provider at this location gets to see: its own notes. */
  at(location: string): UploadJournal
  /**
   * Before this nothing can be noted, and nothing is known. What is too old to be of use, or sealed with keys of before, is
   * thrown away in the background.
   */
  unlock(ring: KeyRing): void
}

/** No provider remembers an upload for longer than a week. */
const usefulMs = 8 * 24 * 3_600_000

const keyInfo = utf8('backup/1/upload-journal')

/**
 * An upload session's address is a permission to write, so nobody else is to read it. A note that cannot be read or written is
 * no note: the upload begins anew.
 *
 * @param openState called when the first note is asked for
 */
export function uploadNotes({ crypto }: Runtime, openState: () => Promise<StateStore>, clock: () => Date): UploadNotes {
  let aead: Aead | undefined
  let opened: Promise<StateStore | undefined> | undefined
  const state = (): Promise<StateStore | undefined> => (opened ??= openState().catch(() => undefined))
  /** Of the providers that asked for their notes: others may keep theirs in the same state. */
  const prefixes = new Set<string>()

  const seal = async (item: string, text: string): Promise<Uint8Array> => {
    const nonce = crypto.random(aead!.nonceLength)
    const sealed = await aead!.seal(nonce, utf8(text), utf8(item))
    return new Uint8Array([...nonce, ...sealed])
  }
  const unseal = async (item: string, bytes: Uint8Array): Promise<unknown> => {
    const { nonceLength } = aead!
    const plain = await aead!.open(bytes.subarray(0, nonceLength), bytes.subarray(nonceLength), utf8(item))
    return JSON.parse(new TextDecoder().decode(plain))
  }
  const nameFor = (text: string, length: number): string => hex(crypto.sha256(utf8(text))).slice(0, length)
  const readItem = async (item: string): Promise<Note | undefined> => {
    try {
      const bytes = aead && (await (await state())?.read(item))
      const found = bytes && (await unseal(item, bytes))
      if (!Array.isArray(found)) return undefined
      const [key, note, at] = found as readonly unknown[]
      return { key: String(key), note: String(note), at: Number(at) }
    } catch {
      return undefined
    }
  }
  const itemsAt = async (prefix: string): Promise<string[]> => {
    const items = (await (await state())?.list().catch(() => [])) ?? []
    return items.filter((item) => item.startsWith(prefix))
  }
  const remove = async (item: string): Promise<void> => (await state())?.remove(item).catch(() => {})
  const tidy = async (): Promise<void> => {
    const since = clock().getTime() - usefulMs
    for (const prefix of prefixes) {
      for (const item of await itemsAt(prefix)) {
        const note = await readItem(item)
        if (!note || !(note.at > since)) await remove(item)
      }
    }
  }

  return {
    at(location) {
      const prefix = `upload-${nameFor(location, 16)}-`
      const itemFor = (key: string): string => `${prefix}${nameFor(key, 32)}`
      prefixes.add(prefix)
      return {
        read: async (key) => (await readItem(itemFor(key)))?.note,
        async write(key, note) {
          if (!aead) return
          const item = itemFor(key)
          const sealed = await seal(item, JSON.stringify([key, note, clock().getTime()]))
          await (await state())?.write(item, sealed).catch(() => {})
        },
        remove: (key) => remove(itemFor(key)),
        async keys() {
          const notes = await Promise.all((await itemsAt(prefix)).map(readItem))
          return notes.flatMap((note) => (note ? [note.key] : []))
        },
      }
    },
    unlock(ring) {
      const { root } = currentEpoch(ring)
      aead = crypto.aead(ring.suite, crypto.hkdf(root, ring.repository, keyInfo))
      void tidy()
    },
  }
}

interface Note {
  readonly key: string
  readonly note: string
  /** When it was written, in milliseconds since 1970. */
  readonly at: number
}
