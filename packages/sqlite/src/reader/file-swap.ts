import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { headerBytes, readHeader } from './header.ts'
import type { Place } from './place.ts'
import { refuse } from './refusal.ts'

/**
 * Makes a finished file durable, before anything refers to it.
 *
 * @throws `corrupt` when it is no whole database file
 */
export function settleFile(path: string): void {
  const file = openSync(path, 'r+')
  const start = new Uint8Array(headerBytes)
  const got = readSync(file, start, 0, headerBytes, 0)
  fsyncSync(file)
  closeSync(file)
  if (got === 0) return
  const header = readHeader(start)
  const { size } = statSync(path)
  if (header && size % header.pageBytes === 0 && size > 0) return
  throw refuse('corrupt', `What was restored to ${path} (${size} bytes) is no SQLite database.`)
}

/**
 * Gives the file the name `path`: after a crash there is the old file or the new one. It gets the rights and
 * the owner of the old one, or the usual ones.
 */
export function takePlace(file: string, path: string, old: Place | undefined): void {
  if (old) takeRights(file, old)
  else chmodSync(file, 0o666 & ~process.umask())
  if (old) renameSync(file, path)
  else renameToNew(file, path)
  syncFolder(path)
}

/** A rename would silently replace a file that somebody made at the last moment; a link does not. */
function renameToNew(file: string, path: string): void {
  try {
    linkSync(file, path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' || existsSync(path))
      throw refuse('exists', `${path} has come into being meanwhile.`)
    // File systems without links.
    return renameSync(file, path)
  }
  rmSync(file)
}

/** Gives a file the owner and the rights of another one. */
export function takeRights(file: string, { owner: [user, group], mode }: Place): void {
  const now = statSync(file)
  if (now.uid !== user || now.gid !== group) {
    try {
      chownSync(file, user, group)
    } catch {
      // Only root may give files away; the file then belongs to whoever restores.
    }
  }
  chmodSync(file, mode)
}

/** Makes the names in a folder durable. Windows does so by itself, and opens no folders. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
