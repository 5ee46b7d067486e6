import type { DirectoryHandle, FileHandle } from '../src/handles.ts'

/** A folder as a browser shows one that the user picked, in memory, with the troubles that real ones have only now and then. */
export interface FakeFolder {
  readonly handle: DirectoryHandle
  /** The same folder, with these rights alone. */
  as(allowed: readonly string[]): DirectoryHandle
  /** Of all files. */
  paths(): string[]
  clear(): void
  /** Every write fails with an exception of this name. */
  failWrites(name: string | undefined): void
  /** The next file has one byte less than was written. */
  keepFewer(): void
  /** The browser ends when this file has its name and not its bytes. */
  dieAfterNaming(path: string): void
  revive(): void
  /** How often it has refused or spoiled something. */
  failed(): number
}

export function fakeFolder(name: string, { allowed = ['read', 'readwrite'] }: { allowed?: readonly string[] } = {}): FakeFolder {
  const files = new Map<string, Uint8Array>()
  const folders = new Set([''])
  let failing: string | undefined
  let fewer = false
  let deadly: string | undefined
  let dead = false
  let failures = 0

  const refuse = (kind: string): never => {
    failures++
    throw new DOMException('As planned.', kind)
  }
  const alive = (): void => {
    if (dead) throw new DOMException('The browser has ended.', 'InvalidStateError')
  }

  const fileAt = (path: string, rights: readonly string[]): FileHandle => ({
    kind: 'file',
    async getFile() {
      alive()
      const bytes = files.get(path)
      if (!bytes) throw new DOMException('Gone.', 'NotFoundError')
      return {
        size: bytes.length,
        lastModified: Date.now(),
        slice: (start, end) => ({ arrayBuffer: async () => bytes.slice(start, end).buffer }),
      }
    },
    async createWritable() {
      alive()
      if (!rights.includes('readwrite')) return refuse('NotAllowedError')
      if (deadly === path) dead = true
      alive()
      const parts: Uint8Array[] = []
      return {
        async write(part) {
          if (failing !== undefined) refuse(failing)
          parts.push(part.slice())
        },
        async close() {
          alive()
          const bytes = Uint8Array.from(parts.flatMap((part) => [...part]))
          if (fewer) failures++
          files.set(path, fewer ? bytes.slice(0, -1) : bytes)
          fewer = false
        },
        abort: async () => {},
      }
    },
  })

  const folderAt = (path: string, rights: readonly string[]): DirectoryHandle => {
    const below = (entry: string): string => (path === '' ? entry : `${path}/${entry}`)
    return {
      kind: 'directory',
      name: path === '' ? name : path.slice(path.lastIndexOf('/') + 1),
      async *keys() {
        alive()
        const start = path === '' ? '' : `${path}/`
        const inside = [...files.keys(), ...folders].filter((entry) => entry !== path && entry.startsWith(start))
        yield* new Set(inside.map((entry) => entry.slice(start.length).split('/')[0]!))
      },
      async getFileHandle(entry, { create = false } = {}) {
        alive()
        if (folders.has(below(entry))) throw new DOMException('A folder.', 'TypeMismatchError')
        if (!files.has(below(entry))) {
          if (!create) throw new DOMException('Nothing.', 'NotFoundError')
          if (!rights.includes('readwrite')) refuse('NotAllowedError')
          files.set(below(entry), new Uint8Array())
        }
        return fileAt(below(entry), rights)
      },
      async getDirectoryHandle(entry, { create = false } = {}) {
        alive()
        if (files.has(below(entry))) throw new DOMException('A file.', 'TypeMismatchError')
        if (!folders.has(below(entry))) {
          if (!create) throw new DOMException('Nothing.', 'NotFoundError')
          if (!rights.includes('readwrite')) refuse('NotAllowedError')
          folders.add(below(entry))
        }
        return folderAt(below(entry), rights)
      },
      async removeEntry(entry) {
        alive()
        if (!files.delete(below(entry))) throw new DOMException('Nothing.', 'NotFoundError')
      },
      queryPermission: async ({ mode = 'read' }) => (rights.includes(mode) ? 'granted' : 'prompt'),
    }
  }

  return {
    handle: folderAt('', allowed),
    as: (rights) => folderAt('', rights),
    paths: () => [...files.keys()].sort(),
    clear() {
      files.clear()
      folders.clear()
      folders.add('')
    },
    failWrites: (kind) => void (failing = kind),
    keepFewer: () => void (fewer = true),
    dieAfterNaming: (path) => void (deadly = path),
    revive() {
      dead = false
      deadly = undefined
    },
    failed: () => failures,
  }
}
