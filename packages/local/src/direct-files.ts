import { alignedMemory, directIo, type DirectIo } from '@backup/core/node'
import { constants } from 'node:fs'
import { open, unlink, type FileHandle } from 'node:fs/promises'
import { codeOf } from './fs-error.ts'

/**
 * Large objects, written to the disk and read from it past the page cache.
 *
 * Every method says `undefined` or `false` when the usual way has to be taken: for small objects, where direct I/O is
 * not known to be good, and where the kernel refuses it after all.
 */
export interface DirectFiles {
  /**
   * Creates a file with these bytes.
   *
   * @param step is told after each piece how much is written; what it throws ends the write
   */
  create(
    path: string,
    body: Uint8Array,
    mode: number,
    step: (written: number) => void,
  ): Promise<FileHandle | undefined>
  /** Fills `into` from this offset on. */
  read(path: string, offset: number, into: Uint8Array, step: () => void): Promise<boolean>
}

/** Below this, opening the file and asking costs more than is saved. */
const smallestBytes = 1024 * 1024
const pieceBytes = 1024 * 1024

export function directFiles(root: string): DirectFiles {
  let direct: DirectIo | undefined
  let asked = false

  const way = (bytes: number): DirectIo | undefined => {
    if (bytes < smallestBytes) return undefined
    if (!asked) direct = directIo(root)
    asked = true
    return direct
  }
  const refuse = (): void => {
    direct = undefined
  }
  const openFile = async (path: string, flags: number, mode?: number): Promise<FileHandle | undefined> => {
    try {
      return await open(path, flags, mode)
    } catch (error) {
      if (codeOf(error) !== 'EINVAL') throw error
      refuse()
      return undefined
    }
  }

  return {
    async create(path, body, mode, step) {
      const found = way(body.length)
      if (!found) return undefined
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | found.flag
      const handle = await openFile(path, flags, mode)
      try {
        if (handle && (await inPieces((piece) => writeAll(handle, body, piece, found, step)))) return handle
      } catch (error) {
        await handle?.close()
        throw error
      }
      refuse()
      await handle?.close()
      // A file system that refuses the flag has created the file all the same.
      await unlink(path).catch(() => {})
      return undefined
    },

    async read(path, offset, into, step) {
      const found = way(into.length)
      if (!found) return false
      const handle = await openFile(path, constants.O_RDONLY | found.flag)
      if (!handle) return false
      try {
        return await inPieces((piece) => readAll(handle, offset, into, piece, found, step))
      } finally {
        await handle.close()
      }
    },
  }
}

async function writeAll(
  handle: FileHandle,
  body: Uint8Array,
  piece: Uint8Array,
  { blockBytes }: DirectIo,
  step: (written: number) => void,
): Promise<boolean> {
  for (let at = 0; at < body.length; at += piece.length) {
    const part = body.subarray(at, at + piece.length)
    const length = wholeBlocks(part.length, blockBytes)
    piece.set(part)
    piece.fill(0, part.length, length)
    const { bytesWritten } = await handle.write(piece, 0, length, at)
    // A disk that is nearly full: the usual way finds out how much it takes, and why no more.
    if (bytesWritten !== length) return false
    step(at + part.length)
  }
  await handle.truncate(body.length)
  return true
}

async function readAll(
  handle: FileHandle,
  offset: number,
  into: Uint8Array,
  piece: Uint8Array,
  { blockBytes }: DirectIo,
  step: () => void,
): Promise<boolean> {
  for (let filled = 0; filled < into.length;) {
    step()
    const within = (offset + filled) % blockBytes
    const length = Math.min(piece.length, wholeBlocks(within + into.length - filled, blockBytes))
    const { bytesRead } = await handle.read(piece, 0, length, offset + filled - within)
    const useful = Math.min(bytesRead - within, into.length - filled)
    if (useful <= 0) return false
    into.set(piece.subarray(within, within + useful), filled)
    filled += useful
    // At the end of the file, or at a place from which only the usual way can go on.
    if (bytesRead < length && filled < into.length) return false
  }
  return true
}

function wholeBlocks(bytes: number, blockBytes: number): number {
  return Math.ceil(bytes / blockBytes) * blockBytes
}

/** Between calls, so that there are only as many as calls at a time. */
const spare: Uint8Array[] = []

/** Says `false` too when the kernel does not take the memory or the length. */
async function inPieces(work: (piece: Uint8Array) => Promise<boolean>): Promise<boolean> {
  const piece = spare.pop() ?? alignedMemory(pieceBytes)
  if (!piece) return false
  try {
    return await work(piece)
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return false
    throw error
  } finally {
    spare.push(piece)
  }
}
