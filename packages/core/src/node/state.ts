import { chmod, mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { StateStore } from '../contract/runtime.ts'
import { fileError } from './lane-files.ts'

/**
 * Local state in a private folder: `items/` for what is remembered, `scratch/` for temporary files of this process.
 *
 * @param directory parent folder; by default the user's cache folder
 */
export async function openFileState(repository: string, directory: string = defaultDirectory()): Promise<StateStore> {
  const root = join(directory, repository)
  const items = join(root, 'items')
  const scratch = join(root, 'scratch', String(process.pid))
  try {
    await mkdir(items, { recursive: true, mode: 0o700 })
    await removeStaleScratch(join(root, 'scratch'))
    await mkdir(scratch, { recursive: true, mode: 0o700 })
    await chmod(root, 0o700)
  } catch (error) {
    throw fileError(error, root, 'make the folder for local state at')
  }
  const path = (name: string): string => join(items, name)

  return {
    scratch,
    path,
    async read(name) {
      try {
        // A plain array: a Buffer's `slice` is a view, and posting a view to a thread copies all that lies behind it.
        const { buffer, byteOffset, byteLength } = await readFile(path(name))
        return new Uint8Array(buffer, byteOffset, byteLength)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw fileError(error, path(name), 'read')
      }
    },
    async write(name, bytes) {
      const temporary = `${path(name)}.${process.pid}.tmp`
      try {
        const file = await open(temporary, 'w', 0o600)
        try {
          await file.writeFile(bytes)
        } finally {
          await file.close()
        }
        await rename(temporary, path(name))
      } catch (error) {
        throw fileError(error, path(name), 'write')
      }
    },
    remove: (name) => rm(path(name), { force: true }),
    async list() {
      return (await readdir(items)).filter((name) => !name.endsWith('.tmp'))
    },
  }
}

function defaultDirectory(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const places: Partial<Record<NodeJS.Platform, string>> = {
    darwin: join(homedir(), 'Library', 'Caches'),
    win32: LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'),
  }
  return join(places[process.platform] ?? XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'backup')
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
