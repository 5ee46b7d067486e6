import { existsSync, rmSync } from 'node:fs'
import type { Access, Delivered, ReplaceRequest, Report } from '../host/protocol.ts'
import { removeBeside } from './beside.ts'
import { deliver } from './deliver.ts'
import { type Connection, connector } from './driver.ts'
import { settleFile, takePlace } from './file-swap.ts'
import { addFreePage } from './free-page.ts'
import { overwrite } from './overwrite.ts'
import { lookAt } from './place.ts'
import { refusalOf, refuse, refuseAltered, sqliteCode } from './refusal.ts'
import { warnOfResetBug } from './reset-bug.ts'
import { assertSound, openRestored } from './restored.ts'
import { copyThrough, keepFiles } from './safety-copy.ts'
import { assertFree, vacate } from './vacate.ts'

/**
 * Restores over a database that the application may have open. Where that is possible it is done through
 * SQLite, as one transaction: then all connections go on, and see the restored data next. Else the file is
 * replaced, for which nobody may have it open. What was there before is kept beside it.
 */
export async function replace(request: ReplaceRequest, tell: (report: Report) => void): Promise<Delivered> {
  const { restored, path, check, safetyCopy } = request
  if (!lookAt(path)) return { ...(await deliver(request, tell)), requiresRestart: true }
  await addFreePage(request, restored)
  settleFile(restored)
  const begins = (): void => tell({ type: 'overwriting' })
  const found = await examined(request, tell, async (source) => {
    const reach = await reachOf(request, source, tell)
    if (reach !== 'sqlite') return reach
    const examine = (live: Connection): void => assertSound(`The database ${path}`, live, check, tell)
    return { requiresRestart: !(await overwrite(request, source, examine, begins)), safetyCopy }
  })
  if (typeof found === 'object') return found
  assertFree(path)
  if (found === 'damaged') replaceDamaged(request, begins)
  else await replaceSound(request, begins)
  return { requiresRestart: true, safetyCopy }
}

async function examined<T>(
  request: ReplaceRequest,
  tell: (report: Report) => void,
  use: (source: Connection) => Promise<T>,
): Promise<T> {
  const source = await openRestored(request, request.restored)
  try {
    assertSound('What was restored', source, request.check, tell)
    return await use(source)
  } finally {
    source.close()
  }
}

/** SQLite cannot work its log or journal in, so they are kept as they are. */
function replaceDamaged(request: ReplaceRequest, begins: () => void): void {
  const { path, safetyCopy } = request
  keepFiles(path, safetyCopy)
  begins()
  removeBeside(path)
  try {
    putInPlace(request)
  } catch (error) {
    throw altered(error, `Nothing was restored to ${path}, which was damaged before, and its log is gone`, safetyCopy)
  }
}

async function replaceSound(request: ReplaceRequest, begins: () => void): Promise<void> {
  const { restored, path, safetyCopy } = request
  try {
    await vacate(request, (connection) => copyThrough(connection, path, safetyCopy))
    begins()
    putInPlace(request)
  } catch (error) {
    // As long as the new one has not its name, the database is as it was, and needs no copy.
    if (existsSync(restored)) rmSync(safetyCopy, { force: true })
    throw error
  }
}

/** @throws what keeps it from its place; when it has taken it, and only the disk has not said so, that */
function putInPlace({ restored, path, safetyCopy }: ReplaceRequest): void {
  try {
    takePlace(restored, path, lookAt(path))
  } catch (error) {
    if (existsSync(restored)) throw error
    throw altered(error, `${path} is restored, and nobody knows whether that outlives a power failure`, safetyCopy)
  }
}

function altered(error: unknown, what: string, safetyCopy: string): Error {
  const { kind, message, ...told } = refusalOf(error, 'permanent', 'restoring')
  if (told.altered) return error as Error
  return refuseAltered(kind, `${what}: ${message}`, `Look at it before you rely on it. What was there before is kept: ${safetyCopy}.`)
}

/**
 * How the live database can be overwritten: through SQLite, or only as a file, because of what is in it or is
 * not.
 */
async function reachOf(
  { path, driver, busyTimeoutMs }: Access,
  source: Connection,
  tell: (report: Report) => void,
): Promise<'sqlite' | 'file' | 'damaged'> {
  const connect = await connector(driver)
  // Only to look: closing a connection that may write would work the log of a damaged database in, or remove
  // it.
  const live = connect(path, { readOnly: true, busyTimeoutMs })
  try {
    live.rows('SELECT 1 FROM sqlite_schema LIMIT 1')
    const [wanted, present] = [source, live].map((connection) => connection.rows('PRAGMA page_size')[0]?.[0])
    const [journalMode] = live.rows('PRAGMA journal_mode')[0] ?? []
    if (journalMode !== 'wal') return 'sqlite'
    warnOfResetBug(String(live.rows('SELECT sqlite_version()')[0]?.[0]), tell)
    // SQLite does not change the size of pages under a log.
    return wanted === present ? 'sqlite' : 'file'
  } catch (error) {
    const code = sqliteCode(error)
    if (code === 'NOTADB' || code === 'CORRUPT') return 'damaged'
    // There is a journal to roll back, which the next connection does.
    if (code === 'READONLY') return 'sqlite'
    if (code === 'BUSY')
      throw refuse('busy', `The database ${path} was locked for more than ${busyTimeoutMs} ms.`)
    throw error
  } finally {
    live.close()
  }
}
