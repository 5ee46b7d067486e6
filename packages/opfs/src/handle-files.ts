import type { BackupError, FolderFile, FolderFiles } from '@backup/core'
import { fileError, isAbsent, nameOf } from './file-error.ts'
import { type DirectoryHandle, type FileHandle, browser } from './handles.ts'
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
  const { locks } = browser()

  /** Folders that were found: a call for each on the way to a file would be most of the calls. */
  const known = new Map<string, DirectoryHandle>()

  const walk = async (path: string, create: boolean): Promise<DirectoryHandle> => {
    let folder = root
    if (!folder) throw Object.assign(new Error(`${location} was not opened.`), { name: 'NotFoundError' })
    for (const name of path === '' ? [] : path.split('/')) folder = await folder.getDirectoryHandle(name, { create })
    known.set(path, folder)
    return folder
  }

  /** Works in a folder; once more from the top where it is not the folder any more that it was. */
  const inFolder = async <T>(path: string, create: boolean, work: (folder: DirectoryHandle) => Promise<T>): Promise<T> => {
    const before = known.get(path)
    try {
      return await work(before ?? (await walk(path, create)))
    } catch (error) {
      if (before === undefined || nameOf(error) !== 'NotFoundError') throw error
      known.delete(path)
      return work(await walk(path, create))
    }
  }

  const find = async (path: string): Promise<FileHandle | undefined> => {
    const { folder, name } = partsOf(path)
    try {
      return await inFolder(folder, false, (handle) => handle.getFileHandle(name))
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  const create = async (path: string): Promise<FileHandle> => {
    const { folder, name } = partsOf(path)
    return inFolder(folder, true, (handle) => handle.getFileHandle(name, { create: true }))
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
    const { folder, name } = partsOf(path)
    try {
      await inFolder(folder, false, async (handle) => {
        // Of a folder in its place, nothing is removed.
        await handle.getFileHandle(name)
        await handle.removeEntry(name)
      })
    } catch (error) {
      if (!isAbsent(error)) throw error
    }
  }

  const write: FolderFiles['write'] = async (path, body, step) => {
    await writeFile(await create(path), body, step)
  }

  /**
   * Without a move, a file is empty between getting its name and its bytes. Meanwhile a note says so: whoever finds an empty file looks
   * for it. It also stays behind when the browser ends in between, and the next put of the same object takes it away.
   */
  const copy = async (from: string, to: string): Promise<void> => {
    const file = await fileAt(from)
    if (!file) throw Object.assign(new Error(`${from} is gone.`), { name: 'NotFoundError' })
    await create(noteFor(to))
    await write(to, await file.read(0, file.size), () => {})
    await remove(noteFor(to))
    await remove(from)
  }

  return {
    async reach(create) {
      known.clear()
      root = await reach(create)
      return root !== undefined
    },

    async names(folder) {
      try {
        return await inFolder(folder, false, async (handle) => {
          const names: string[] = []
          for await (const name of handle.keys()) if (!name.endsWith(growing)) names.push(name)
          return names
        })
      } catch (error) {
        // The folder itself has gone; of those below, that is no news.
        if (isAbsent(error) && folder !== '') return undefined
        throw error
      }
    },

    async file(path) {
      const file = await fileAt(path)
      if (file?.size !== 0) return file
      // Empty as an object may be, being filled right now, or left behind. Without a note it is whole by now.
      const noted = await find(noteFor(path))
      const again = await fileAt(path)
      return noted && again?.size === 0 ? undefined : again
    },

    write,
    remove,

    async rename(from, to) {
      const handle = moves ? await find(from) : undefined
      if (handle?.move) {
        const { folder, name } = partsOf(to)
        try {
          return await inFolder(folder, true, (parent) => handle.move!(parent, name))
        } catch (error) {
          if (!['NotSupportedError', 'AbortError', 'TypeError', 'InvalidModificationError'].includes(nameOf(error))) throw error
        }
      }
      moves = false
      await copy(from, to)
    },

    ...(locks && { alone: (path, work) => locks.request(`${location}/${path}`, work) }),
    explain: (error, doing, key): BackupError => fileError(plugin, error, doing, key),
  }
}

function partsOf(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/')
  return { folder: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) }
}

/** Chromium lets a file grow beside the one that it will be, under this name. */
const growing = '.crswap'

/** Beside unfinished files, and named by the object it is about. */
function noteFor(path: string): string {
  return `.tmp/empty-${path.replaceAll('/', '+')}`
}
