import type { Access } from '../host/protocol.ts'
import { removeBeside } from './beside.ts'
import { type Connect, type Connection, connector } from './driver.ts'
import { holderOf } from './held.ts'
import { lookAt } from './place.ts'
import { refuse, sqliteCode } from './refusal.ts'

/**
 * Prepares a path for another file: afterwards the database there is whole without journal or log, as its
 * last transaction left it, and nothing lies beside it.
 *
 * @param keep is given the database at a time when nobody else can write to it
 * @throws `busy` when somebody has the database open: he would go on in a file that is no longer there
 */
export async function vacate(access: Access, keep?: (database: Connection) => Promise<void>): Promise<void> {
  const connect = await connector(access.driver)
  assertFree(access.path)
  const bytes = lookAt(access.path)?.bytes ?? 0
  if (bytes > 0 || keep) await workIn(connect, access, bytes > 0, keep)
  assertFree(access.path)
  removeBeside(access.path)
}

/** @throws `busy` */
export function assertFree(path: string): void {
  const holder = holderOf(path)
  if (holder !== undefined) throw inUse(path, `process ${holder}`)
}

async function workIn(
  connect: Connect,
  { path }: Access,
  lock: boolean,
  keep: ((database: Connection) => Promise<void>) | undefined,
): Promise<void> {
  const connection = connect(path, { readOnly: false, busyTimeoutMs: 0 })
  try {
    // Into an empty file, a lock would write a first page.
    if (lock) lockForGood(connection, path)
    await keep?.(connection)
  } finally {
    connection.close()
  }
}

function lockForGood(connection: Connection, path: string): void {
  try {
    // In this mode, the first access takes a lock that no other connection to a log tolerates, and keeps it.
    connection.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT')
  } catch (error) {
    const code = sqliteCode(error)
    if (code === 'BUSY' || code === 'LOCKED') throw inUse(path, 'another program')
    // What is no sound database has nothing to be worked in.
    if (code !== 'NOTADB' && code !== 'CORRUPT') throw error
  }
}

function inUse(path: string, who: string): Error {
  return refuse(
    'busy',
    `${path} cannot be replaced: ${who} has it open.`,
    'Close the programs that use it, and try again.',
  )
}
