import { close, fstat, open, read } from 'node:fs'
import { promisify } from 'node:util'
import { BackupError, type ByteRange, throwIfAborted } from '@backup/core'
import { fsError, isAbsent } from './fs-error.ts'

// Small parts are read by the thousand, one of each pack. With a `FileHandle` each costs the thread three times as much.
const openFile = promisify(open)
const closeFile = promisify(close)
const readFile = promisify(read)
const statFile = promisify(fstat)

/**
 * Reads a small part of an object; `undefined` when there is none. Nobody asks how long the whole is: that it is long enough is seen
 * when it is read.
 */
export async function readPart(path: string, key: string, range: ByteRange, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
  let file: number | undefined
  try {
    file = await openFile(path, 'r')
    const { offset, length } = range
    // Not pooled and not zeroed first: every byte is overwritten, or nothing is returned.
    const raw = Buffer.allocUnsafeSlow(length)
    for (let got = 0; got < length; ) {
      throwIfAborted(signal, `reading ${key}`)
      const { bytesRead } = await readFile(file, raw, got, length - got, offset + got)
      if (bytesRead === 0) throw outside(key, range, got > 0 ? offset + got : (await statFile(file)).size)
      got += bytesRead
    }
    return new Uint8Array(raw.buffer, raw.byteOffset, length)
  } catch (error) {
    // A folder in its place is none.
    if (isAbsent(error)) return undefined
    throw fsError(error, `read ${key}`, key)
  } finally {
    if (file !== undefined) await closeFile(file)
  }
}

export function outside(key: string, { offset, length }: ByteRange, size: number): BackupError {
  return new BackupError('range', `${key} has ${size} bytes; ${length} from ${offset} were asked for.`, { plugin: 'local', key })
}
