import { rmSync } from 'node:fs'
import type { SettleRequest } from '../host/protocol.ts'
import { connector } from './driver.ts'
import { lookAt } from './place.ts'

/**
 * Opening a database to write and closing it is all that SQLite needs to roll back what was left unfinished,
 * and to remove a log that is of no use. A journal that is still there then was never begun in earnest, and
 * SQLite would let it lie.
 */
export async function settle({ path, driver, busyTimeoutMs }: SettleRequest): Promise<undefined> {
  if (!lookAt(path)) return
  const connect = await connector(driver)
  const connection = connect(path, { readOnly: false, busyTimeoutMs })
  try {
    connection.exec('BEGIN EXCLUSIVE')
    const [journalMode] = connection.rows('PRAGMA journal_mode')[0] ?? []
    if (journalMode !== 'wal') rmSync(`${path}-journal`, { force: true })
    connection.exec('ROLLBACK')
  } finally {
    connection.close()
  }
}
