import { realpathSync, statSync } from 'node:fs'
import { refuse } from './refusal.ts'

/** A database file as the file system knows it. */
export interface Place {
  /** Without symbolic links, as SQLite sees it: the journal and the log lie beside this path. */
  readonly path: string
  /** Device and file number: two files at one path, one after the other, differ in it. */
  readonly identity: string
  readonly bytes: number
  /** When its bytes were last changed, in nanoseconds. */
  readonly changedNs: bigint
  readonly mode: number
  readonly owner: readonly [user: number, group: number]
}

/** @throws `source` when there is no such file, or it cannot be one. */
export function placeOf(path: string): Place {
  const found = lookAt(path)
  if (found) return found
  throw refuse(
    'source',
    `The database ${path} is not there.`,
    'Check the path; a database is never created by a backup.',
  )
}

/** The same, but nothing when there is nothing. */
export function lookAt(path: string): Place | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (!stat) return undefined
  if (stat.isDirectory())
    throw refuse('source', `${path} is a folder, not a database.`, 'Name the database file itself.')
  if (!stat.isFile()) throw refuse('source', `${path} is no ordinary file.`, 'Name the database file itself.')
  return {
    path: realpathSync(path),
    identity: `${stat.dev}:${stat.ino}`,
    bytes: Number(stat.size),
    changedNs: stat.mtimeNs,
    mode: Number(stat.mode) & 0o777,
    owner: [Number(stat.uid), Number(stat.gid)],
  }
}
