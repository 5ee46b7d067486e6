import { BackupError, throwIfAborted, type ByteRange } from '@backup/core'
import { open, type FileHandle } from 'node:fs/promises'
import type { DirectFiles } from './direct-files.ts'
import { syncFile } from './durable-folders.ts'
import { fsError, isAbsent } from './fs-error.ts'
import { outside, readPart } from './read-part.ts'

const sliceBytes = 4 * 1024 * 1024
const comparedBytes = 1024 * 1024
/** Memory for so much is had without asking whether the file has it. */
const smallBytes = 1024 * 1024

/** Opens a stored object, or finds that there is none. A folder in its place is none. */
async function openStored(
  path: string,
  key: string,
): Promise<{ handle: FileHandle; size: number } | undefined> {
  const handle = await openThere(path, key)
  try {
    const info = await handle?.stat()
    if (handle && info?.isFile()) return { handle, size: info.size }
    await handle?.close()
    return undefined
  } catch (error) {
    await handle?.close()
    throw fsError(error, `open ${key}`, key)
  }
}

async function openThere(path: string, key: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw fsError(error, `open ${key}`, key)
  }
}

/** Reads an object or a range of it; `undefined` when there is none. */
export async function readStored(
  path: string,
  key: string,
  range: ByteRange | undefined,
  direct: DirectFiles,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  // Most of what is read are small parts: that the file is long enough is seen when they are read.
  if (range && range.length > 0 && range.length < smallBytes && isWithin(range.offset, range.length, Number.MAX_SAFE_INTEGER)) return readPart(path, key, range, signal)
  const stored = await openStored(path, key)
  if (!stored) return undefined
  const { handle, size } = stored
  try {
    const { offset, length } = range ?? { offset: 0, length: size }
    if (!isWithin(offset, length, size)) throw outside(key, { offset, length }, size)
    // Not pooled and not zeroed first: every byte is overwritten, or nothing is returned.
    const raw = Buffer.allocUnsafeSlow(length)
    const bytes = new Uint8Array(raw.buffer, raw.byteOffset, length)
    const step = (): void => throwIfAborted(signal, `reading ${key}`)
    if (await direct.read(path, offset, bytes, step)) return bytes
    for (let got = 0; got < length;) {
      step()
      const { bytesRead } = await handle.read(bytes, got, Math.min(sliceBytes, length - got), offset + got)
      if (bytesRead === 0) throw outside(key, { offset, length }, got > 0 ? offset + got : (await handle.stat()).size)
      got += bytesRead
    }
    return bytes
  } catch (error) {
    // A folder in its place is none.
    if (isAbsent(error)) return undefined
    throw fsError(error, `read ${key}`, key)
  } finally {
    await handle.close()
  }
}

/**
 * Compares an object with the bytes that were to be stored under its name; `false` when there is none. The
 * name stands for the bytes, so a difference is damage. Reading is cheaper than the write it saves, and it is
 * rare.
 *
 * @throws `exists` when the size differs, `corrupt` when the bytes do.
 */
export async function compareStored(
  path: string,
  key: string,
  body: Uint8Array,
  options: { readonly fsync: boolean; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const stored = await openStored(path, key)
  if (!stored) return false
  const { handle, size } = stored
  try {
    if (size !== body.length) throw otherSize(key, size, body.length)
    const slice = Buffer.allocUnsafe(Math.min(comparedBytes, size))
    for (let at = 0; at < size;) {
      throwIfAborted(options.signal, `comparing ${key}`)
      const { bytesRead } = await handle.read(slice, 0, Math.min(slice.length, size - at), at)
      const same = slice.subarray(0, bytesRead).equals(body.subarray(at, at + bytesRead))
      if (bytesRead === 0 || !same) throw otherBytes(key, at)
      at += bytesRead
    }
    // Whoever wrote it may not have waited for the disk. Windows syncs only what is open for writing.
    if (options.fsync && process.platform !== 'win32') await syncFile(handle)
    return true
  } catch (error) {
    throw fsError(error, `compare ${key}`, key)
  } finally {
    await handle.close()
  }
}

function isWithin(offset: number, length: number, size: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(length) &&
    offset >= 0 &&
    length >= 0 &&
    offset + length <= size
  )
}

function otherSize(key: string, size: number, wanted: number): BackupError {
  return new BackupError('exists', `${key} is there with ${size} bytes, not ${wanted}; it is not replaced.`, {
    plugin: 'local',
    key,
  })
}

function otherBytes(key: string, at: number): BackupError {
  return new BackupError('corrupt', `${key} is there and damaged: it differs from byte block ${at} on.`, {
    plugin: 'local',
    key,
  })
}
