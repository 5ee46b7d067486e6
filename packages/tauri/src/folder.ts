import { type BackupProvider, BackupError, type FolderFiles, folderProvider } from '@backup/core'
import { type BaseDirectory, mkdir, readDir, rename, stat } from '@tauri-apps/plugin-fs'
import { filesOf } from './files.ts'
import { rustError } from './rust-error.ts'

export interface TauriFolderOptions {
  /** The directory of the application in which the folder lies: `BaseDirectory.AppData`. [none: `folder` is a whole path] */
  readonly baseDir?: BaseDirectory
}

/** The same with everything in one object. */
export interface TauriPlace extends TauriFolderOptions {
  /** The folder that holds the objects. */
  readonly folder: string
}

/** A call to the core of the application waits more than it works. */
const capabilities = { concurrency: 2, smallConcurrency: 8, coalesceBytes: 131_072, nearby: true } as const
const sliceBytes = 4 * 1024 * 1024

/**
 * Keeps backups in a folder, through the file system plugin of Tauri: below a directory of the application, or on a disk that the user
 * chose. What Node wrote there is read, and gone on with, and the other way round.
 *
 * @throws `config` when `folder` is no path
 *
 * @example
 * ```ts
 * tauriFolder('backups', { baseDir: BaseDirectory.AppData })
 * tauriFolder('/mnt/usb/shop')
 * ```
 */
export function tauriFolder(folder: string | TauriPlace, options: TauriFolderOptions = {}): BackupProvider {
  const place = checkPlace(typeof folder === 'object' ? folder : { folder, ...options })
  const location = `tauri:${place.baseDir === undefined ? '' : `${place.baseDir}/`}${place.folder}`
  return folderProvider({ name: 'tauri', location, capabilities, files: pluginFiles(place) })
}

function pluginFiles({ folder, baseDir }: TauriPlace): FolderFiles {
  const files = filesOf(baseDir)
  const at = (path: string): string => (path === '' ? folder : `${folder}/${path}`)
  /** Folders that are there: a call for each object would be a third of all. */
  const made = new Set<string>()

  const makeParent = async (path: string): Promise<void> => {
    const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')))
    if (parent === '' || made.has(parent)) return
    if (!(await files.isThere(at(parent)))) await mkdir(at(parent), { ...files.base, recursive: true })
    made.add(parent)
  }

  /** Somebody may have removed a folder that was there. */
  const withParent = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    await makeParent(path)
    try {
      return await work()
    } catch (error) {
      if (await files.isThere(at(path.slice(0, path.lastIndexOf('/'))))) throw error
      made.clear()
      // Never the folder itself: it may be the mount point of a disk.
      if (!(await files.isThere(folder))) throw error
      await makeParent(path)
      return work()
    }
  }

  return {
    async reach(create) {
      made.clear()
      if (!(await files.isThere(folder))) {
        if (!create) return false
        // Below a directory of the application, which may not be there yet. Of other paths the parents are: one that is not is a disk that is not.
        await mkdir(folder, { ...files.base, recursive: baseDir !== undefined })
      }
      if ((await stat(folder, files.base)).isDirectory) return true
      throw new BackupError('config', `${folder} is a file, not a folder.`, { plugin: 'tauri', key: folder })
    },

    async names(path) {
      const read = async (): Promise<string[]> => (await readDir(at(path), files.base)).map(({ name }) => name)
      // That the folder itself has gone is an error; of those below, it is no news.
      if (path === '') return read()
      return files.unlessGone(at(path), async () => ((await files.look(at(path))) ? [] : read()))
    },

    async file(path) {
      const found = await files.look(at(path))
      return found && { ...found, read: (offset, length) => files.read(at(path), offset, length) }
    },

    write: (path, body, step) =>
      withParent(path, async () => {
        await files.append(at(path), body.subarray(0, sliceBytes), true)
        for (let end = sliceBytes; end < body.length; end += sliceBytes) {
          step(end)
          await files.append(at(path), body.subarray(end, end + sliceBytes), false)
        }
        step(body.length)
      }),

    rename: (from, to) =>
      withParent(to, () => rename(at(from), at(to), baseDir === undefined ? {} : { oldPathBaseDir: baseDir, newPathBaseDir: baseDir })),

    async remove(path) {
      // Of a folder in its place, nothing is removed.
      if (await files.look(at(path))) await files.remove(at(path))
    },

    explain: (error, doing, key) => rustError(error, doing, key),
  }
}

function checkPlace(place: TauriPlace): TauriPlace {
  const { folder, baseDir } = place
  const isPath = typeof folder === 'string' && folder !== '' && !folder.includes('\0') && !folder.split(/[\\/]/).includes('..')
  if (!isPath) throw refused('folder', 'the path of a folder', folder)
  if (baseDir !== undefined && typeof baseDir !== 'number') throw refused('baseDir', 'a BaseDirectory', baseDir)
  return { ...place, folder: folder.replace(/(?<=.)[\\/]+$/, '') }
}

function refused(option: string, wanted: string, got: unknown): BackupError {
  const shown = typeof got === 'string' ? JSON.stringify(got) : typeof got
  return new BackupError('config', `Option "${option}" of tauriFolder() must be ${wanted}, not ${shown}.`, { plugin: 'tauri', key: option })
}
