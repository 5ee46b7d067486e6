import type { UploadJournal } from '../contract/provider.ts'
import type { Aead, Runtime, StateStore } from '../contract/runtime.ts'
import { currentEpoch, type KeyRing } from '../format/ring.ts'
import { hex, utf8 } from '../format/text.ts'

/** Notes about interrupted uploads, sealed with a key of the repository, in local state. */
export interface UploadNotes {
  /** What the provider at this location gets to see: its own notes. */
  at(location: string): UploadJournal
  /** Before this nothing can be noted, and nothing is known. */
  unlock(ring: KeyRing): void
}

const keyInfo = utf8('backup/1/upload-journal')

/**
 * An upload session's address is a permission to write, so nobody else is to read it. A note that cannot be read or written is
 * no note: the upload begins anew.
 *
 * @param openState called when the first note is asked for
 */
export function uploadNotes({ crypto }: Runtime, openState: () => Promise<StateStore>): UploadNotes {
  let aead: Aead | undefined
  let opened: Promise<StateStore | undefined> | undefined
  const state = (): Promise<StateStore | undefined> => (opened ??= openState().catch(() => undefined))

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
  const readItem = async (item: string): Promise<readonly [key: string, note: string] | undefined> => {
    try {
      const bytes = aead && (await (await state())?.read(item))
      const found = bytes && (await unseal(item, bytes))
      return Array.isArray(found) ? [String(found[0]), String(found[1])] : undefined
    } catch {
      return undefined
    }
  }

  return {
    at(location) {
      const prefix = `upload-${nameFor(location, 16)}-`
      const itemFor = (key: string): string => `${prefix}${nameFor(key, 32)}`
      return {
        read: async (key) => (await readItem(itemFor(key)))?.[1],
        async write(key, note) {
          const item = itemFor(key)
          if (aead) await (await state())?.write(item, await seal(item, JSON.stringify([key, note]))).catch(() => {})
        },
        async remove(key) {
          await (await state())?.remove(itemFor(key)).catch(() => {})
        },
        async keys() {
          const items = (await (await state())?.list().catch(() => [])) ?? []
          const notes = await Promise.all(items.filter((item) => item.startsWith(prefix)).map(readItem))
          return notes.flatMap((note) => (note ? [note[0]] : []))
        },
      }
    },
    unlock(ring) {
      const { root } = currentEpoch(ring)
      aead = crypto.aead(ring.suite, crypto.hkdf(root, ring.repository, keyInfo))
    },
  }
}
