import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Two programs on one store would not know of each other's restores. A lock that the system lets go of, however the one that holds it ends.
 *
 * @returns what ends it
 * @throws when another program has this folder
 */
export function onlyOne(folder: string): () => void {
  const lock = new DatabaseSync(join(folder, 'running.lock'))
  try {
    lock.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch {
    lock.close()
    throw new Error(`Iron Store is running already, with the data in ${folder}.`)
  }
  return () => lock.close()
}
