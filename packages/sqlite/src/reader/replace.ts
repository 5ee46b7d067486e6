import type { Access, Delivered, ReplaceRequest, Report } from '../host/protocol.ts'
import { deliver } from './deliver.ts'
import { type Connection, connector } from './driver.ts'
import { settleFile, takePlace } from './file-swap.ts'
import { overwrite } from './overwrite.ts'
import { lookAt } from './place.ts'
import { refuse, sqliteCode } from './refusal.ts'
import { assertSound, openRestored } from './restored.ts'
import { copyOfDatabase, keepFiles } from './safety-copy.ts'
import { assertFree, vacate } from './vacate.ts'

/**
 * Restores over a database that the application may have open. Where that is possible it is done through SQLite, as one
 * transaction: then all connections go on, and see the restored data next. Else the file is replaced, for which nobody may
 * have it open. What was there before is kept beside it.
 */
export async function replace(request: ReplaceRequest, tell: (report: Report) => void): Promise<Delivered> {
  const { restored, path, check, safetyCopy } = request
  if (!lookAt(path)) return { ...(await deliver(request, tell)), requiresRestart: true }
  settleFile(restored)
  const source = await openRestored(request, restored)
  try {
    assertSound('What was restored', source, check, tell)
    const reach = await reachOf(request, source)
    if (reach === 'sqlite') {
      await overwrite(request, source, (connection) => assertSound(`The database ${path}`, connection, check, tell))
      return { requiresRestart: false, safetyCopy }
    }
    assertFree(path)
    if (reach === 'damaged') keepFiles(path, safetyCopy)
    else await copyOfDatabase(request, path, safetyCopy)
  } finally {
    source.close()
  }
  await vacate(request)
  takePlace(restored, path, lookAt(path))
  return { requiresRestart: true, safetyCopy }
}

/** How the live database can be overwritten: through SQLite, or only as a file, because of what is in it or is not. */
async function reachOf({ path, driver, busyTimeoutMs }: Access, source: Connection): Promise<'sqlite' | 'file' | 'damaged'> {
  const connect = await connector(driver)
  // Only to look: closing a connection that may write would work the log of a damaged database in, or remove it.
  const live = connect(path, { readOnly: true, busyTimeoutMs })
  try {
    live.rows('SELECT 1 FROM sqlite_schema LIMIT 1')
    const [wanted, present] = [source, live].map((connection) => connection.rows('PRAGMA page_size')[0]?.[0])
    const journalMode = live.rows('PRAGMA journal_mode')[0]?.[0]
    // SQLite does not change the size of pages under a log.
    return journalMode === 'wal' && wanted !== present ? 'file' : 'sqlite'
  } catch (error) {
    const code = sqliteCode(error)
    if (code === 'NOTADB' || code === 'CORRUPT') return 'damaged'
    // There is a journal to roll back, which the next connection does.
    if (code === 'READONLY') return 'sqlite'
    if (code === 'BUSY') throw refuse('busy', `The database ${path} was locked for more than ${busyTimeoutMs} ms.`)
    throw error
  } finally {
    live.close()
  }
}
