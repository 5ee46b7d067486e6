import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { StateStore } from '../contract/runtime.ts'
import { fileError } from './lane-files.ts'

/**
 * Local state in a private folder: `items/` for what is remembered, `scratch/` for temporary files of this process. The folder may be
 * removed at any time, as that of every cache: it is made again when it is needed.
 *
 * @param directory parent folder; by default the user's cache folder
 * @throws `auth`, `quota` or `permanent` when the folder cannot be made
 */
export async function openFileState(repository: string, directory?: string): Promise<StateStore> {
  const root = join(directory ?? defaultDirectory(), repository)
  const items = join(root, 'items')
  const scratch = join(root, 'scratch', String(process.pid))
  try {
    await mkdir(items, { recursive: true, mode: 0o700 })
    await removeStaleItems(items)
    await removeStaleScratch(join(root, 'scratch'))
    await mkdir(scratch, { recursive: true, mode: 0o700 })
    await chmod(root, 0o700)
  } catch (error) {
    throw fileError(error, root, 'make the folder for local state at')
  }
  const path = (name: string): string => join(items, name)

  return {
    path,
    async read(name) {
      try {
        // A plain array: a Buffer's `slice` is a view, and posting a view to a thread copies all that lies behind it.
        const { buffer, byteOffset, byteLength } = await readFile(path(name))
        return new Uint8Array(buffer, byteOffset, byteLength)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw fileError(error, path(name), 'read')
      }
    },
    async write(name, bytes) {
      try {
        await withFolder(items, () => replaceFile(path(name), bytes))
      } catch (error) {
        throw fileError(error, path(name), 'write')
      }
    },
    async create(name, bytes) {
      try {
        return await withFolder(items, () => createFile(path(name), bytes))
      } catch (error) {
        throw fileError(error, path(name), 'write')
      }
    },
    async remove(name) {
      try {
        await rm(path(name), { force: true })
      } catch (error) {
        throw fileError(error, path(name), 'remove')
      }
    },
    async list() {
      try {
        return (await readdir(items)).filter((name) => !name.endsWith(temporaryEnding))
      } catch (error) {
        if (isMissing(error)) return []
        throw fileError(error, items, 'list')
      }
    },
    async temporaryFolder() {
      try {
        const folder = await withFolder(scratch, () => mkdtemp(join(scratch, 'work-')))
        return { path: folder, remove: () => removeFolder(folder) }
      } catch (error) {
        throw fileError(error, scratch, 'make a folder in')
      }
    },
  }
}

function defaultDirectory(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const places: Partial<Record<NodeJS.Platform, () => string>> = {
    darwin: () => join(homedir(), 'Library', 'Caches'),
    win32: () => LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'),
  }
  const place = places[process.platform] ?? ((): string => XDG_CACHE_HOME ?? join(homedir(), '.cache'))
  try {
    return join(place(), 'backup')
  } catch (error) {
    // An account without a home: a service, or a container.
    throw fileError(error, 'the home folder', 'find')
  }
}

/** Does the work, and once more if somebody removed the folder it needs. */
async function withFolder<Result>(folder: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return work()
  }
}

const temporaryEnding = '.tmp'

/** Old or new, never a mixture. Each attempt has a file of its own: others may write the same item at the same moment. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await withTemporary(path, bytes, (temporary) => rename(temporary, path))
}

/** A second name for a file that is whole: file systems give a name to one alone, and to nothing that is half written. */
async function createFile(path: string, bytes: Uint8Array): Promise<boolean> {
  return withTemporary(path, bytes, async (temporary) => {
    try {
      await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
        if (!withoutLinks.has(error.code ?? '')) throw error
        return writeNew(path, bytes)
      })
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    } finally {
      await rm(temporary, { force: true })
    }
  })
}

/** What file systems say that give a file one name only: FAT, some network shares. There a crash can leave half an item; readers check. */
const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EMLINK', 'EISDIR', 'UNKNOWN'])

async function withTemporary<Result>(path: string, bytes: Uint8Array, use: (temporary: string) => Promise<Result>): Promise<Result> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString('hex')}${temporaryEnding}`
  try {
    await writeNew(temporary, bytes)
    return await use(temporary)
  } catch (error) {
    // What cannot be taken away either goes an hour later.
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
  } finally {
    await file.close()
  }
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true })
  } catch (error) {
    throw fileError(error, folder, 'remove')
  }
}

/** Long after the write that made it must have ended. */
const staleMs = 3_600_000

/** Of processes that were killed while they wrote an item. */
async function removeStaleItems(items: string): Promise<void> {
  for (const name of await readdir(items)) {
    if (!name.endsWith(temporaryEnding)) continue
    const path = join(items, name)
    // Another process may be tidying up too.
    const facts = await stat(path).catch(() => undefined)
    if (facts && facts.mtimeMs < Date.now() - staleMs) await rm(path, { force: true })
  }
}

/** Temporary files of processes that are no more: they can hold data in clear. */
async function removeStaleScratch(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (!isRunning(Number(name))) await rm(join(folder, name), { recursive: true, force: true })
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
