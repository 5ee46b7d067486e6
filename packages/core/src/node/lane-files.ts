import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { BackupError } from '../errors.ts'
import type { LaneFiles } from '../lane/tools.ts'
import { combinedWrites } from './combined-writes.ts'

/**
 * Files by path, kept open between calls: a lane reads and writes the same few thousands of times.
 *
 * @param turn shared by all lanes: one writes at a time. A file takes one writer at a time anyway, and whoever waits for that in
 * the kernel keeps a processor busy with nothing. Only a courtesy: after a second it is not waited for any longer.
 */
export function laneFiles(turn: Int32Array = new Int32Array(new SharedArrayBuffer(4))): LaneFiles {
  const readers = new Map<string, number>()
  const writers = new Map<string, number>()

  const openOnce = (kept: Map<string, number>, path: string, flags: number): number => {
    const found = kept.get(path)
    if (found !== undefined) return found
    const file = openFile(path, flags)
    kept.set(path, file)
    return file
  }

  const write: LaneFiles['write'] = (path, offset, bytes) => {
    const file = openOnce(writers, path, constants.O_RDWR | constants.O_CREAT)
    while (Atomics.compareExchange(turn, 0, 0, 1) !== 0) if (Atomics.wait(turn, 0, 1, patienceMs) === 'timed-out') break
    try {
      writeAll(file, bytes, offset)
    } catch (error) {
      throw fileError(error, path, 'write to')
    } finally {
      Atomics.store(turn, 0, 0)
      Atomics.notify(turn, 0, 1)
    }
  }
  const combined = combinedWrites(write)

  return {
    write,
    place(path, offset, bytes) {
      if (!combined.place(path, offset, bytes)) write(path, offset, bytes)
    },
    read(path, offset, into) {
      if (combined.read(path, offset, into)) return
      const file = writers.get(path) ?? openOnce(readers, path, constants.O_RDONLY)
      for (let filled = 0; filled < into.length; ) {
        const read = readSync(file, into, filled, into.length - filled, offset + filled)
        if (read === 0) {
          throw new BackupError('source', `${path} has ${fstatSync(file).size} bytes, and ${offset + into.length} were expected.`, {
            key: path,
            hint: 'The file changed while it was read. Use a source that reads consistently.',
          })
        }
        filled += read
      }
    },
    close() {
      try {
        combined.close()
      } finally {
        for (const file of [...readers.values(), ...writers.values()]) closeSync(file)
        readers.clear()
        writers.clear()
      }
    },
  }
}

function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(file, bytes, written, bytes.length - written, offset + written)
  }
}

/** A thread that was killed while it wrote never gives its turn back. */
const patienceMs = 1000

function openFile(path: string, flags: number): number {
  try {
    return openSync(path, flags, 0o600)
  } catch (error) {
    throw fileError(error, path, 'open')
  }
}

const kinds: Readonly<Record<string, 'not-found' | 'quota' | 'auth'>> = {
  ENOENT: 'not-found',
  ENOSPC: 'quota',
  EDQUOT: 'quota',
  EACCES: 'auth',
  EPERM: 'auth',
  EROFS: 'auth',
}

/** Translates an error of the file system. */
export function fileError(error: unknown, path: string, doing: string): BackupError {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown'
  return new BackupError(kinds[code] ?? 'permanent', `Could not ${doing} ${path}: ${code}.`, { key: path, cause: error })
}
