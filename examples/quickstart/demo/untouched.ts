import { statSync } from 'node:fs'
import { sha256Of } from './file-hash.ts'

/** The files of a database that are there, with all that must not change. */
export type Look = ReadonlyMap<string, FileLook>

interface FileLook {
  readonly sizeBytes: number
  readonly changedMs: number
  readonly sha256: string
}

/** What SQLite may put beside a database. */
export const besides: readonly string[] = ['-wal', '-shm', '-journal']

/** Reads the files of a database as files; SQLite is not asked. */
export async function lookAt(database: string): Promise<Look> {
  const look = new Map<string, FileLook>()
  for (const suffix of ['', ...besides]) {
    const path = database + suffix
    const file = statSync(path, { throwIfNoEntry: false })
    if (file) look.set(path, { sizeBytes: file.size, changedMs: file.mtimeMs, sha256: await sha256Of(path) })
  }
  return look
}

/** The files that are not as they were, or came, or went. */
export function changedBetween(before: Look, after: Look): string[] {
  const paths = new Set([...before.keys(), ...after.keys()])
  return [...paths].filter((path) => JSON.stringify(before.get(path)) !== JSON.stringify(after.get(path)))
}
