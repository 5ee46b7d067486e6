import type { Access } from '../host/protocol.ts'
import { removeBeside } from './beside.ts'
import { type Connect, connector } from './driver.ts'
import { holderOf } from './held.ts'
import { lookAt } from './place.ts'
import { refuse, sqliteCode } from './refusal.ts'

/**
 * Prepares a path for another file: afterwards the database there is whole without journal or log, as its
 * last transaction left it, and nothing lies beside it.
 *
 * @throws `busy` when somebody has the database open: he would go on in a file that is no longer there
 */
export async function vacate(access: Access): Promise<void> {
  const connect = await connector(access.driver)
  assertFree(access.path)
  if (lookAt(access.path)?.bytes) workIn(connect, access)
  assertFree(access.path)
  removeBeside(access.path)
}

/** @throws `busy` */
export function assertFree(path: string): void {
  const holder = holderOf(path)
  if (holder !== undefined) throw inUse(path, `process ${holder}`)
}

function workIn(connect: Connect, { path }: Access): void {
  const connection = connect(path, { readOnly: false, busyTimeoutMs: 0 })
  try {
    // In this mode, the first access takes a lock that no other connection to a log tolerates.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
  } catch (error) {
    const code = sqliteCode(error)
    if (code === 'BUSY' || code === 'LOCKED') throw inUse(path, 'another program')
    // What is no sound database has nothing to be worked in.
    if (code !== 'NOTADB' && code !== 'CORRUPT') throw error
  } finally {
    connection.close()
  }
}

function inUse(path: string, who: string): Error {
  return refuse(
    'busy',
    `${path} cannot be replaced: ${who} has it open.`,
    'Close the programs that use it, and try again.',
  )
}
