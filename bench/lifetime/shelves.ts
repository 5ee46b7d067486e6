import { type BackupProvider, BackupError, contract } from '@backup/core'

/** A place in memory that finds what begins with a folder without looking through everything, as real ones do. */
export interface Shelves extends BackupProvider {
  readonly size: number
  readonly bytes: number
  all(): Iterable<readonly [key: string, body: Uint8Array]>
}

export function shelves(): Shelves {
  const folders = new Map<string, Map<string, Uint8Array>>()
  const folderOf = (key: string): Map<string, Uint8Array> => {
    const name = key.slice(0, key.indexOf('/'))
    const folder = folders.get(name) ?? new Map<string, Uint8Array>()
    folders.set(name, folder)
    return folder
  }
  const all = function* (): Iterable<readonly [string, Uint8Array]> {
    for (const folder of folders.values()) yield* folder
  }
  return {
    contract,
    name: 'shelves',
    location: 'memory:shelves',
    capabilities: { nearby: true },
    all,
    get size() {
      return [...folders.values()].reduce((sum, folder) => sum + folder.size, 0)
    },
    get bytes() {
      let bytes = 0
      for (const [, body] of all()) bytes += body.length
      return bytes
    },
    open: async () => {},
    put: async (key, body) => void folderOf(key).set(key, body.slice()),
    async get(key, { range } = {}) {
      const body = folderOf(key).get(key)
      if (!body) throw new BackupError('not-found', `There is no ${key}.`, { key })
      if (!range) return body.slice()
      if (range.offset + range.length > body.length) throw new BackupError('range', `${key} is shorter.`, { key })
      return body.slice(range.offset, range.offset + range.length)
    },
    async stat(key) {
      const body = folderOf(key).get(key)
      return body && { size: body.length }
    },
    async *list(prefix) {
      const found = prefix === '' ? all() : folderOf(prefix)
      for (const [key, { length }] of Array.from(found)) if (key.startsWith(prefix)) yield { key, size: length }
    },
    delete: async (key) => void folderOf(key).delete(key),
  }
}
