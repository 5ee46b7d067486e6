import { type BackupProvider, BackupError, folderProvider } from '@backup/core'
import { handleFiles } from './handle-files.ts'
import { nameOf } from './file-error.ts'
import { type BrowserStorage, type DirectoryHandle, browser } from './handles.ts'

export interface OpfsOptions {
  /**
   * When the place is created, ask the browser to keep the files of this site also when the disk gets full. `'require'` fails with
   * `auth` where it does not promise that; `false` does not ask. Workers cannot ask, only see what was promised. ['ask']
   */
  readonly persist?: 'ask' | 'require' | false
}

/** The same with everything in one object. */
export interface OpfsPlace extends OpfsOptions {
  /** A folder in the private file system of the site: names with `/` between them. */
  readonly folder: string
}

/** Calls wait for another process of the browser more than they work. */
const capabilities = { concurrency: 2, smallConcurrency: 16, coalesceBytes: 131_072, nearby: true } as const

/**
 * Keeps backups in the private file system of the site (OPFS), in windows, webviews and workers. In a worker, an object has reached
 * the disk when `put` resolves; in a window, the browser has taken it.
 *
 * A browser may clear what it keeps for a site, and the user may at any time: let it be one copy of several.
 *
 * @throws `config` when `folder` is no path below the root, or `persist` is not one of its values
 *
 * @example
 * ```ts
 * opfs('shop-backups')
 * opfs('shop-backups', { persist: 'require' })
 * ```
 */
export function opfs(folder: string | OpfsPlace, options: OpfsOptions = {}): BackupProvider {
  const place = checkPlace(typeof folder === 'object' ? folder : { folder, ...options })
  const location = `opfs:/${place.folder}`
  const storage = (): BrowserStorage => {
    const found = browser().storage
    if (found && 'getDirectory' in found) return found
    throw new BackupError('unsupported', 'This runtime has no private file system for sites (OPFS).', {
      plugin,
      key: location,
      hint: 'Open the page from https or localhost in a browser of 2023 or later.',
    })
  }
  const reach = async (create: boolean): Promise<DirectoryHandle | undefined> => {
    if (create) await keep(storage(), place.persist, location)
    try {
      let handle = await storage().getDirectory()
      for (const name of place.folder.split('/')) handle = await handle.getDirectoryHandle(name, { create })
      return handle
    } catch (error) {
      if (nameOf(error) === 'NotFoundError') return undefined
      throw error
    }
  }
  const files = handleFiles({ plugin, location, reach })
  return folderProvider({
    name: plugin,
    location,
    capabilities,
    files: {
      ...files,
      async usage() {
        const { usage, quota } = (await storage().estimate?.()) ?? {}
        if (usage === undefined || quota === undefined) return {}
        return { usedBytes: usage, freeBytes: Math.max(0, quota - usage), totalBytes: Math.max(usage, quota) }
      },
    },
  })
}

const plugin = 'opfs'

async function keep(storage: BrowserStorage, persist: OpfsPlace['persist'], location: string): Promise<void> {
  if (persist === false) return
  const kept = (await storage.persisted?.()) || (await storage.persist?.())
  if (kept || persist === 'ask') return
  throw new BackupError('auth', `The browser does not promise to keep ${location} when the disk gets full.`, {
    plugin,
    key: location,
    hint: 'Ask with navigator.storage.persist() in a window when the user clicks on something, or have the site installed.',
  })
}

function checkPlace({ folder, persist = 'ask' }: OpfsPlace): Required<OpfsPlace> {
  const isPath = typeof folder === 'string' && folder.split('/').every((name) => !['', '.', '..'].includes(name) && !name.includes('\\'))
  if (!isPath) throw refused('folder', "names with / between them, such as 'shop-backups'", folder)
  if (persist !== false && persist !== 'ask' && persist !== 'require') throw refused('persist', "'ask', 'require' or false", persist)
  return { folder, persist }
}

function refused(option: string, wanted: string, got: unknown): BackupError {
  const shown = typeof got === 'string' ? JSON.stringify(got) : typeof got
  return new BackupError('config', `Option "${option}" of opfs() must be ${wanted}, not ${shown}.`, { plugin, key: option })
}
