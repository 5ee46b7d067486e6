import {
  BackupError,
  checkKey,
  checkPrefix,
  throwIfAborted,
  type BackupProvider,
  type ProviderCapabilities,
} from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { statfs, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { directFiles } from './direct-files.ts'
import { durableFolders } from './durable-folders.ts'
import { codeOf, fsError, isAbsent } from './fs-error.ts'
import { listStored, statFile } from './list.ts'
import { untilReleased } from './patience.ts'
import { placer, type Placer } from './place.ts'
import { compareStored, readStored } from './stored-file.ts'
import { target } from './target.ts'

/**
 * One put at a time already writes more in a second than a backup makes, and after a crash at most one object has to be
 * sent again. A small read costs as much as 128 KiB of a large one.
 */
const capabilities: Partial<ProviderCapabilities> = { concurrency: 1, smallConcurrency: 4, coalesceBytes: 131_072, nearby: true }

export interface LocalOptions {
  /**
   * Waits until the disk has every object and its name, so that a power cut loses nothing that was reported
   * as stored. `false` is faster on slow disks, and then a power cut can lose the backups of the last minute.
   * [true]
   */
  readonly fsync?: boolean
}

/** The same with everything in one object. */
export interface LocalPlace extends LocalOptions {
  /** The folder that holds the objects; a relative path starts at the working directory. */
  readonly root: string
}

/**
 * Keeps backups in a folder: a disk, a mounted drive, a network share.
 *
 * The folder is created by `init()` and never by anything else. From then on a marker file in it says that
 * the disk is there; without it calls fail with `target-missing`, so that an unmounted disk never becomes an
 * empty repository on the disk below.
 *
 * @throws `config` when `root` is no path or `fsync` no boolean.
 *
 * @example
 * ```ts
 * local('/mnt/usb/shop')
 * local('/mnt/nas/shop', { fsync: false })
 * local({ root: '/mnt/nas/shop', fsync: false })
 * ```
 */
export function local(root: string | LocalPlace, options: LocalOptions = {}): BackupProvider {
  const { path, fsync } = checkOptions(typeof root === 'object' ? root : { root, ...options })
  const folders = durableFolders(path, fsync)
  const direct = directFiles(path)
  const files = placer(path, folders, direct, fsync)
  const place = target(path, folders, files)
  const pathOf = (key: string): string => join(path, key)

  const store: Placer['place'] = async (file, body, putOptions) => {
    try {
      return await files.place(file, body, putOptions)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      // Somebody removed a folder that was there before, or the disk is gone.
      folders.forget()
      await place.check()
      return files.place(file, body, putOptions)
    }
  }

  return {
    contract: 1,
    name: 'local',
    location: `local:${path}`,
    capabilities,
    runtime: nodeRuntime,

    async open({ create = false, signal }) {
      throwIfAborted(signal, `opening ${path}`)
      await place.open(create)
    },

    async put(key, body, putOptions = {}) {
      checkKey(key, 'local')
      const { signal } = putOptions
      throwIfAborted(signal, `storing ${key}`)
      await place.check()
      const isThere = (): Promise<boolean> => compareStored(pathOf(key), key, body, { fsync, signal })
      try {
        if (await isThere()) return await folders.sync(dirname(pathOf(key)))
        const outcome = await store(pathOf(key), body, putOptions)
        // Had the disk gone away in between, the object would now lie below its mount point.
        await place.check()
        if (outcome === 'placed') return
      } catch (error) {
        throw fsError(error, `store ${key}`, key)
      }
      if (!(await isThere())) throw occupied(key)
    },

    async get(key, { range, signal } = {}) {
      checkKey(key, 'local')
      throwIfAborted(signal, `reading ${key}`)
      const bytes = await readStored(pathOf(key), key, range, direct, signal)
      if (bytes) return bytes
      await place.check()
      throw new BackupError('not-found', `There is no object ${key} in ${path}.`, { plugin: 'local', key })
    },

    async stat(key, { signal } = {}) {
      checkKey(key, 'local')
      throwIfAborted(signal, `looking at ${key}`)
      const info = await statFile(pathOf(key), key)
      if (info) return { size: info.size, modifiedAt: info.mtime }
      await place.check()
      return undefined
    },

    async *list(prefix, { signal } = {}) {
      checkPrefix(prefix, 'local')
      throwIfAborted(signal, `listing ${prefix}`)
      await place.check()
      yield* listStored(path, prefix, signal)
      // A disk that went away meanwhile looks like one with fewer objects.
      await place.check()
    },

    async delete(key, { signal } = {}) {
      checkKey(key, 'local')
      throwIfAborted(signal, `deleting ${key}`)
      await place.checkLately()
      try {
        await untilReleased(() => unlink(pathOf(key)), { signal })
      } catch (error) {
        if (!isAbsent(error)) throw fsError(error, `delete ${key}`, key)
        // Gone with the disk is not deleted.
        await place.check()
      }
    },

    async usage({ signal } = {}) {
      throwIfAborted(signal, `measuring ${path}`)
      await place.check()
      const { bsize, blocks, bfree, bavail } = await statfs(path).catch((error: unknown) => {
        throw fsError(error, `measure ${path}`, path)
      })
      // Some network shares tell nothing.
      if (blocks === 0) return {}
      // File systems keep a reserve for the system: that is neither free to this account, nor used, nor any room for backups.
      const [usedBytes, freeBytes] = [(blocks - bfree) * bsize, bavail * bsize]
      return { usedBytes, freeBytes, totalBytes: usedBytes + freeBytes }
    },
  }
}

function checkOptions({ root, fsync = true }: LocalPlace): { path: string; fsync: boolean } {
  if (typeof root !== 'string' || root === '' || root.includes('\0')) {
    throw refused('root', "the path of a folder, such as '/mnt/usb/shop'", root)
  }
  if (typeof fsync !== 'boolean') throw refused('fsync', 'true or false', fsync)
  return { path: resolve(root), fsync }
}

function refused(option: string, wanted: string, got: unknown): BackupError {
  const shown = typeof got === 'string' ? JSON.stringify(got) : typeof got
  return new BackupError('config', `Option "${option}" of local() must be ${wanted}, not ${shown}.`, {
    plugin: 'local',
    key: option,
  })
}

function occupied(key: string): BackupError {
  return new BackupError('exists', `Something that is no file stands where ${key} belongs.`, {
    plugin: 'local',
    key,
  })
}
