import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { type DirectIo, alignedMemory, directIo } from './direct-io.ts'

/** Writes large stretches of files that exist past the page cache: a restore fills files larger than the memory. */
export interface WriterPastCache {
  /** Says `false` when it has to be written the usual way; a part may be written then, which does no harm. */
  write(path: string, offset: number, bytes: Uint8Array): boolean
  close(): void
}

interface OpenFile {
  readonly file: number
  readonly direct: DirectIo
}

const pieceBytes = 1024 * 1024

export function writerPastCache(): WriterPastCache {
  /** `undefined` for files that are written the usual way. */
  const files = new Map<string, OpenFile | undefined>()
  let piece: Uint8Array | undefined

  const fileAt = (path: string): OpenFile | undefined => {
    if (!files.has(path)) files.set(path, openDirect(path))
    return files.get(path)
  }
  const giveUp = (path: string, { file }: OpenFile): void => {
    closeSync(file)
    files.set(path, undefined)
  }
  const writePieces = ({ file }: OpenFile, offset: number, bytes: Uint8Array, through: Uint8Array): boolean => {
    for (let at = 0; at < bytes.length; at += through.length) {
      const part = bytes.subarray(at, at + through.length)
      through.set(part)
      if (writeSync(file, through, 0, part.length, offset + at) !== part.length) return false
    }
    return true
  }

  return {
    write(path, offset, bytes) {
      if (bytes.length < worthwhileBytes) return false
      const open = fileAt(path)
      if (!open || offset % open.direct.blockBytes !== 0 || bytes.length % open.direct.blockBytes !== 0) return false
      piece ??= alignedMemory(pieceBytes)
      try {
        if (piece && writePieces(open, offset, bytes, piece)) return true
      } catch {
        // The usual way finds out what is wrong, and says so.
      }
      giveUp(path, open)
      return false
    },
    close() {
      for (const open of files.values()) if (open) closeSync(open.file)
      files.clear()
    },
  }
}

/** Smaller ones cost more than they save. */
const worthwhileBytes = 128 * 1024

function openDirect(path: string): OpenFile | undefined {
  const direct = directIo(path)
  if (!direct) return undefined
  try {
    return { file: openSync(path, constants.O_WRONLY | direct.flag), direct }
  } catch {
    return undefined
  }
}
