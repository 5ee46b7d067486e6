import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './fs-error.ts'

/** Folders whose entries survive a power cut. */
export interface DurableFolders {
  /** Creates the folder (never the root) and makes its own entry durable. Known folders cost nothing. */
  ensure(folder: string): Promise<void>
  /** Forgets which folders are there: somebody removed one. */
  forget(): void
  /** Makes the entries of a folder durable. Calls that wait for the same folder share one fsync. */
  sync(folder: string): Promise<void>
}

/** What file systems answer that cannot sync this; then there is nothing that could be done better. */
const cannotSync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY'])

export function durableFolders(root: string, fsync: boolean): DurableFolders {
  const known = new Map<string, Promise<void>>()
  const running = new Map<string, Promise<void>>()
  const waiting = new Map<string, Promise<void>>()

  const create = async (folder: string): Promise<void> => {
    const parent = dirname(folder)
    await ensure(parent)
    try {
      await mkdir(folder)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
      return
    }
    await sync(parent)
  }

  const ensure = async (folder: string): Promise<void> => {
    if (folder === root) return
    const before = known.get(folder)
    if (before) return before
    const created = create(folder).catch((error: unknown) => {
      known.delete(folder)
      throw error
    })
    known.set(folder, created)
    return created
  }

  const sync = async (folder: string): Promise<void> => {
    // Windows keeps folders durable by itself and cannot open them.
    if (!fsync || process.platform === 'win32') return
    const shared = waiting.get(folder)
    if (shared) return shared
    // A sync that has begun may have missed what this caller just wrote, so the next one starts after it.
    const begun = running.get(folder)?.catch(() => {}) ?? Promise.resolve()
    const next = begun.then(() => {
      waiting.delete(folder)
      running.set(folder, next)
      return syncEntries(folder)
    })
    waiting.set(folder, next)
    try {
      await next
    } finally {
      if (running.get(folder) === next) running.delete(folder)
    }
  }

  return {
    ensure,
    sync,
    forget: () => known.clear(),
  }
}

async function syncEntries(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await syncFile(handle)
  } finally {
    await handle.close()
  }
}

/** fsync(2), where the file system has it. */
export async function syncFile(handle: { sync(): Promise<void> }): Promise<void> {
  try {
    await handle.sync()
  } catch (error) {
    if (!cannotSync.has(codeOf(error) ?? '')) throw error
  }
}
