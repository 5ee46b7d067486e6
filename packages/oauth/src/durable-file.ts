import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { codeOf } from './fs-error.ts'

const isWindows = process.platform === 'win32'
const leftoverMs = 24 * 60 * 60 * 1000

/** Creates the folder for this account alone. */
export async function ensureFolderOf(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
}

/**
 * Replaces a file in one step: whoever reads it, and whatever power cut comes, finds the old bytes or the
 * new.
 */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  await ensureFolderOf(path)
  await removeLeftovers(path)
  const temp = `${path}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(temp, 'wx', 0o600)
    try {
      await handle.writeFile(bytes)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await untilReleased(() => rename(temp, path))
  } catch (error) {
    await unlink(temp).catch(() => {})
    throw error
  }
  await syncFolder(dirname(path))
}

/** Windows keeps folders durable by itself and cannot open them. Some network shares cannot sync them. */
async function syncFolder(folder: string): Promise<void> {
  if (isWindows) return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(codeOf(error))) throw error
  } finally {
    await handle.close()
  }
}

/** On Windows a virus scanner, or another process that reads, holds up a rename for a moment. */
async function untilReleased(change: () => Promise<void>): Promise<void> {
  for (let left = isWindows ? 50 : 0; ; left -= 1) {
    try {
      return await change()
    } catch (error) {
      if (left === 0 || !['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error))) throw error
      await sleep(100)
    }
  }
}

/** Of processes that were killed while they wrote. */
async function removeLeftovers(path: string): Promise<void> {
  const own = `${basename(path)}.`
  const names = await readdir(dirname(path))
  for (const name of names.filter((entry) => entry.startsWith(own) && entry.endsWith('.tmp'))) {
    const leftover = join(dirname(path), name)
    const info = await stat(leftover).catch(() => undefined)
    if (info && Date.now() - info.mtimeMs > leftoverMs) await unlink(leftover).catch(() => {})
  }
}
