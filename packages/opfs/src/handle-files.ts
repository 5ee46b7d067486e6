import type { BackupError, FolderFile, FolderFiles } from '@backup/core'
import { fileError, isAbsent, nameOf } from './file-error.ts'
import { type BrowserLocks, type DirectoryHandle, type FileHandle, browser } from './handles.ts'
import { writeFile } from './write-file.ts'

interface HandlePlace {
  readonly plugin: string
  readonly location: string
  /** Finds the folder, or nothing when it is not there. */
  reach(create: boolean): Promise<DirectoryHandle | undefined>
}

/** The files below a directory handle. */
export function handleFiles({ plugin, location, reach }: HandlePlace): Omit<FolderFiles, 'usage'> {
  let root: DirectoryHandle | undefined
  /** Where files cannot be moved: in folders that the user picked. */
  let moves = true
  const locks = browser().locks ?? ownLocks()

  const folderAt = async (names: readonly string[], create: boolean): Promise<DirectoryHandle> => {
    let folder = root
    if (!folder) throw Object.assign(new Error(`${location} was not opened.`), { name: 'NotFoundError' })
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create })
    return folder
  }

  const parentOf = async (path: string, create: boolean): Promise<readonly [folder: DirectoryHandle, name: string]> => {
    const names = path.split('/')
    const name = names.pop()!
    return [await folderAt(names, create), name]
  }

  const find = async (path: string): Promise<FileHandle | undefined> => {
    try {
      const [folder, name] = await parentOf(path, false)
      return await folder.getFileHandle(name)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  const fileAt = async (path: string): Promise<FolderFile | undefined> => {
    const handle = await find(path)
    if (!handle) return undefined
    try {
      const view = await handle.getFile()
      return {
        size: view.size,
        modifiedAt: new Date(view.lastModified),
        read: async (offset, length) => new Uint8Array(await view.slice(offset, offset + length).arrayBuffer()),
      }
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  const remove = async (path: string): Promise<void> => {
    try {
      const [folder, name] = await parentOf(path, false)
      // Of a folder in its place, nothing is removed.
      await folder.getFileHandle(name)
      await folder.removeEntry(name)
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }

  const write: FolderFiles['write'] = async (path, body, step) => {
    const [folder, name] = await parentOf(path, true)
    await writeFile(await folder.getFileHandle(name, { create: true }), body, step)
  }

  /**
   * Without a move, a file is empty between getting its name and its bytes. Meanwhile a note says so: whoever finds an empty file looks
   * for it. It also stays behind when the browser ends in between, and the next put of the same object takes it away.
   */
  const copy = async (from: string, to: string): Promise<void> => {
    const file = await fileAt(from)
    if (!file) throw Object.assign(new Error(`${from} is gone.`), { name: 'NotFoundError' })
    const [folder, name] = await parentOf(noteFor(to), true)
    await folder.getFileHandle(name, { create: true })
    await write(to, await file.read(0, file.size), () => {})
    await remove(noteFor(to))
    await remove(from)
  }

  return {
    async reach(create) {
      root = await reach(create)
      return root !== undefined
    },

    async names(folder) {
      try {
        const handle = await folderAt(folder === '' ? [] : folder.split('/'), false)
        const names: string[] = []
        for await (const name of handle.keys()) names.push(name)
        return names
      } catch (error) {
        // The folder itself has gone; of those below, that is no news.
        if (isAbsent(error) && folder !== '') return undefined
        throw error
      }
    },

    async file(path) {
      const file = await fileAt(path)
      if (file?.size !== 0 || !(await find(noteFor(path)))) return file
      // Being filled right now, or left behind empty.
      const again = await fileAt(path)
      return again?.size === 0 ? undefined : again
    },

    write,
    remove,

    async rename(from, to) {
      const handle = moves ? await find(from) : undefined
      if (handle?.move) {
        const [folder, name] = await parentOf(to, true)
        try {
          return await handle.move(folder, name)
        } catch (error) {
          if (!['NotSupportedError', 'AbortError', 'TypeError', 'InvalidModificationError'].includes(nameOf(error))) throw error
        }
      }
      moves = false
      await copy(from, to)
    },

    alone: (path, work) => locks.request(`${location}/${path}`, work),
    explain: (error, doing, key): BackupError => fileError(plugin, error, doing, key),
  }
}

/** Beside unfinished files, and named by the object it is about. */
function noteFor(path: string): string {
  return `.tmp/empty-${path.replaceAll('/', '+')}`
}

/** Within this page alone, where the browser has no locks for all of them. */
function ownLocks(): BrowserLocks {
  const last = new Map<string, Promise<unknown>>()
  return {
    async request(name, work) {
      const mine = (last.get(name) ?? Promise.resolve()).then(work, work)
      last.set(name, mine)
      try {
        return await mine
      } finally {
        if (last.get(name) === mine) last.delete(name)
      }
    },
  }
}
