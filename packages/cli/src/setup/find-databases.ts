import { closeSync, openSync, readSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export interface FoundDatabase {
  /** Relative to the folder that was looked into. */
  readonly path: string
  readonly sizeBytes: number
}

/** SQLite databases in a folder and one below it, the largest first. Endings mean nothing: their first bytes tell. */
export function findDatabases(folder: string): FoundDatabase[] {
  const names = namesIn(folder).flatMap((name) => {
    if (leftOut.has(name) || name.startsWith('.')) return []
    return isFolder(join(folder, name)) ? namesIn(join(folder, name)).map((below) => join(name, below)) : [name]
  })
  return names
    .filter((path) => isDatabase(join(folder, path)))
    .map((path) => ({ path, sizeBytes: statSync(join(folder, path)).size }))
    .sort((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, mostShown)
}

const mostShown = 8
const leftOut = new Set(['node_modules', 'dist', 'build'])
/** https://sqlite.org/fileformat2.html#magic_header_string */
const magic = 'SQLite format 3\0'

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).slice(0, 1000)
  } catch {
    return []
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

export function isDatabase(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false
    const file = openSync(path, 'r')
    try {
      const start = Buffer.alloc(magic.length)
      return readSync(file, start) === magic.length && start.toString('latin1') === magic
    } finally {
      closeSync(file)
    }
  } catch {
    return false
  }
}
