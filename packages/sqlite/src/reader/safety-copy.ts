import { closeSync, copyFileSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import type { Access } from '../host/protocol.ts'
import { type Connection, connector } from './driver.ts'
import { settleFile, syncFolder, takeRights } from './file-swap.ts'
import { type Place, lookAt } from './place.ts'

/** Copies a database through SQLite. The copy has its name only when it is complete and durable. */
export async function copyOfDatabase(
  { driver, busyTimeoutMs }: Access,
  path: string,
  copy: string,
): Promise<void> {
  const connect = await connector(driver)
  const connection = connect(path, { readOnly: true, busyTimeoutMs })
  try {
    await copyThrough(connection, path, copy)
  } finally {
    connection.close()
  }
}

/** The same, through a connection to the database at `path` that is there already. */
export async function copyThrough(connection: Connection, path: string, copy: string): Promise<void> {
  const unfinished = `${copy}.partial`
  // Pinned, so that no writer makes the copying start anew.
  connection.exec('BEGIN')
  connection.rows('SELECT 1 FROM sqlite_schema LIMIT 1')
  rmSync(unfinished, { force: true })
  createLike(lookAt(path), unfinished)
  await connection.backup(unfinished, stepPages, () => {})
  connection.exec('COMMIT')
  settleFile(unfinished)
  renameSync(unfinished, copy)
  syncFolder(copy)
}

/** An empty file with the rights of the database: who may not read that may not read its copy. */
function createLike(place: Place | undefined, path: string): void {
  closeSync(openSync(path, 'wx', 0o600))
  if (place) takeRights(path, place)
}

/**
 * Gives the files of a database that SQLite cannot read a second name, so that they survive being replaced.
 */
export function keepFiles(path: string, copy: string): void {
  for (const suffix of ['', '-wal', '-journal']) {
    if (!existsSync(path + suffix)) continue
    try {
      linkSync(path + suffix, copy + suffix)
    } catch {
      // File systems without links.
      copyFileSync(path + suffix, copy + suffix)
    }
  }
  syncFolder(copy)
}

const stepPages = 1000
