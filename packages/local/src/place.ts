import { BackupError, throwIfAborted, type PutOptions } from '@backup/core'
import { randomBytes } from 'node:crypto'
import { link, open, rename, stat, unlink, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { DirectFiles } from './direct-files.ts'
import { syncFile, type DurableFolders } from './durable-folders.ts'
import { codeOf } from './fs-error.ts'
import { untilReleased } from './patience.ts'

/** Brings bytes to a path so that the path never shows anything but all of them. */
export interface Placer {
  /**
   * Writes beside, makes it durable, and only then gives it its name. Never replaces: says `present` when the
   * name is taken. Throws what the file system threw.
   */
  place(path: string, body: Uint8Array, options: PutOptions): Promise<'placed' | 'present'>
}

/** Where files grow until they are whole: inside the root, so that giving them their name is one step. */
export function tempFolder(root: string): string {
  return join(root, '.tmp')
}

/** Between two slices the signal is looked at, and progress told. */
const sliceBytes = 4 * 1024 * 1024

// Objects never change. Windows refuses to remove what is read-only.
const objectMode = process.platform === 'win32' ? 0o666 : 0o444

/**
 * What file systems without hard links answer to link(2): exFAT and FAT, some network shares, some FUSE file
 * systems, Android. EISDIR is how Node on Windows says "invalid function".
 */
const noLinks = new Set([
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EINVAL',
  'EMLINK',
  'EISDIR',
  'UNKNOWN',
])

export function placer(root: string, folders: DurableFolders, direct: DirectFiles, fsync: boolean): Placer {
  let linksWork = true

  /**
   * link(2) fails when the name is taken, in one step; 'wx' is the same for the name of the temporary file.
   */
  const giveName = async (temp: string, path: string, signal: AbortSignal | undefined): Promise<boolean> => {
    if (linksWork) {
      try {
        await link(temp, path)
        return true
      } catch (error) {
        const code = codeOf(error) ?? ''
        if (code === 'EEXIST') return false
        if (!noLinks.has(code)) throw error
        linksWork = false
      }
    }
    // Two steps, and a race between them puts the same bytes there twice: the name is their hash.
    if (await isTaken(path)) return false
    await untilReleased(() => rename(temp, path), { signal })
    return true
  }

  return {
    async place(path, body, { signal, onProgress }) {
      const folder = dirname(path)
      const temp = join(tempFolder(root), `${process.pid}-${randomBytes(8).toString('hex')}`)
      try {
        await folders.ensure(tempFolder(root))
        const step = (sent: number): void => {
          throwIfAborted(signal, `storing ${path}`)
          onProgress?.(sent)
        }
        const handle =
          (await direct.create(temp, body, objectMode, step)) ?? (await create(temp, body, path, step))
        try {
          await checkSize(handle, body.length, path)
          if (fsync) await syncFile(handle)
        } finally {
          await handle.close()
        }
        throwIfAborted(signal, `storing ${path}`)
        await folders.ensure(folder)
        const placed = await giveName(temp, path, signal)
        await Promise.all([discard(temp), folders.sync(folder)])
        return placed ? 'placed' : 'present'
      } catch (error) {
        await discard(temp)
        throw error
      }
    },
  }
}

/** On a disk that is nearly full a write stores a part and says so without an error; the next one fails. */
async function create(
  temp: string,
  body: Uint8Array,
  path: string,
  step: (sent: number) => void,
): Promise<FileHandle> {
  const handle = await open(temp, 'wx', objectMode)
  try {
    for (let sent = 0; sent < body.length;) {
      const { bytesWritten } = await handle.write(body, sent, Math.min(sliceBytes, body.length - sent), sent)
      if (bytesWritten === 0) throw unwritten(path, sent, body.length)
      sent += bytesWritten
      step(sent)
    }
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** A disk that claims to have written is not believed. */
async function checkSize(handle: FileHandle, wanted: number, path: string): Promise<void> {
  const { size } = await handle.stat()
  if (size !== wanted) throw unwritten(path, size, wanted)
}

function unwritten(path: string, got: number, wanted: number): BackupError {
  return new BackupError(
    'transient',
    `The disk took ${got} of ${wanted} bytes of ${path} and gave no reason.`,
    {
      plugin: 'local',
    },
  )
}

async function isTaken(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

/** What cannot be removed now is removed when the target is opened on another day. */
async function discard(temp: string): Promise<void> {
  await unlink(temp).catch(() => {})
}
