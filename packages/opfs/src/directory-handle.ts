import { type BackupProvider, BackupError, folderProvider } from '@backup/core'
import { handleFiles } from './handle-files.ts'
import { nameOf } from './file-error.ts'
import type { DirectoryHandle } from './handles.ts'

export interface DirectoryHandleOptions {
  /** What the folder is called in messages and records; two folders of the same name need names that differ. [that of the handle] */
  readonly name?: string
}

const capabilities = { concurrency: 2, smallConcurrency: 16, coalesceBytes: 131_072, nearby: true } as const

/**
 * Keeps backups in a folder that the user picked: on a disk, an USB stick, in a synchronised folder. What Node wrote there is read, and
 * gone on with, and the other way round.
 *
 * Keep the handle in IndexedDB; the user has to allow its use again when the page was closed meanwhile, and is asked by
 * `handle.requestPermission({ mode: 'readwrite' })` during a click.
 *
 * @param handle from `showDirectoryPicker({ mode: 'readwrite' })`; with the right to read alone, it can be restored from
 * @throws `config` when `handle` is none
 *
 * @example
 * ```ts
 * const provider = directoryHandle(await showDirectoryPicker({ mode: 'readwrite' }))
 * ```
 */
export function directoryHandle(handle: DirectoryHandle, options: DirectoryHandleOptions = {}): BackupProvider {
  if (typeof handle !== 'object' || handle?.kind !== 'directory') {
    throw new BackupError('config', 'directoryHandle() needs the handle of a folder, as showDirectoryPicker() gives it.', { plugin, key: 'handle' })
  }
  const location = `folder:${options.name ?? handle.name}`
  const reach = async (create: boolean): Promise<DirectoryHandle | undefined> => {
    await checkPermission(handle, create, location)
    try {
      for await (const _ of handle.keys()) break
      return handle
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return undefined
      throw error
    }
  }
  return folderProvider({ name: plugin, location, capabilities, files: handleFiles({ plugin, location, reach }) })
}

const plugin = 'folder'

/** Asked here, since a browser that may not ask the user answers some calls with the strangest errors. */
async function checkPermission(handle: DirectoryHandle, write: boolean, location: string): Promise<void> {
  const mode = write ? 'readwrite' : 'read'
  const state = (await handle.queryPermission?.({ mode })) ?? 'granted'
  if (state === 'granted') return
  throw new BackupError('auth', `The user has not allowed this page to ${write ? 'write to' : 'read'} ${location}.`, {
    plugin,
    key: location,
    hint: `Call requestPermission({ mode: '${mode}' }) on the handle when the user clicks on something.`,
  })
}
