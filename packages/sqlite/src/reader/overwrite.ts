import { openSync, readSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { ReplaceRequest } from '../host/protocol.ts'
import { type Connect, type Connection, connector } from './driver.ts'
import { refuse, refuseAltered, sqliteCode } from './refusal.ts'
import { copyOfDatabase } from './safety-copy.ts'

/**
 * Copies `source` into the live database in one transaction, after a safety copy that holds everything that
 * was committed before. When `examine` finds fault with the result, the safety copy is put back.
 *
 * @param source a database of at least two pages
 * @param begins is told just before the first byte of it changes
 * @returns whether connections that are open can go on. They know one text encoding for as long as they live,
 * and get nothing but errors when the restored database has another one
 * @throws `busy` when no lock could be had in time, or what `examine` throws; the database is as it was in
 * either case
 */
export async function overwrite(
  request: ReplaceRequest,
  source: Connection,
  examine: (live: Connection) => void,
  begins: () => void,
): Promise<boolean> {
  const { path, driver, busyTimeoutMs, safetyCopy } = request
  const connect = await connector(driver)
  const file = openSync(path, 'r')
  const live = connect(path, { readOnly: false, busyTimeoutMs })
  try {
    const sameEncoding = encodingOf(live) === encodingOf(source)
    try {
      await overwriteUnexamined(request, connect, source, versionOf(live, file), begins)
    } catch (error) {
      rmSync(safetyCopy, { force: true })
      throw error
    }
    await examineAnew(request, connect, examine)
    return sameEncoding
  } finally {
    live.close()
  }
}

function encodingOf(connection: Connection): unknown {
  return connection.rows('PRAGMA encoding')[0]?.[0]
}

/** By a connection that knows nothing of what was there before. */
async function examineAnew(
  request: ReplaceRequest,
  connect: Connect,
  examine: (live: Connection) => void,
): Promise<void> {
  const { path, busyTimeoutMs } = request
  const fresh = connect(path, { readOnly: false, busyTimeoutMs })
  let failure: Error | undefined
  try {
    shrinkLog(fresh, busyTimeoutMs)
    examine(fresh)
  } catch (error) {
    failure = error as Error
  } finally {
    fresh.close()
  }
  if (!failure) return
  await putBack(request, connect, failure)
  throw failure
}

async function overwriteUnexamined(
  request: ReplaceRequest,
  connect: Connect,
  source: Connection,
  version: () => number,
  begins: () => void,
): Promise<void> {
  const { path, busyTimeoutMs } = request
  for (let round = 0; round < mostRounds; round++) {
    const before = await copyUnderLock(request, connect, version)
    begins()
    if (await copyInto(path, source, busyTimeoutMs, () => version() === before)) return
  }
  throw refuse('busy', `The application writes to ${path} all the time.`, 'Pause it while restoring.')
}

/**
 * A number that is another one after each transaction of another connection. In a rollback mode, SQLite could
 * not be asked while the restoring transaction keeps everybody else out, so it is taken from the file's
 * header.
 */
function versionOf(live: Connection, file: number): () => number {
  const wal = live.rows('PRAGMA journal_mode')[0]?.[0] === 'wal'
  if (wal) return () => Number(live.rows('PRAGMA data_version')[0]?.[0])
  const counter = new Uint8Array(4)
  return () => {
    readSync(file, counter, 0, 4, changeCounterAt)
    return new DataView(counter.buffer).getUint32(0)
  }
}

/** While nobody else can write. Returns the version that the safety copy holds. */
async function copyUnderLock(
  request: ReplaceRequest,
  connect: Connect,
  version: () => number,
): Promise<number> {
  const { path, busyTimeoutMs, safetyCopy } = request
  const lock = connect(path, { readOnly: false, busyTimeoutMs })
  try {
    lock.exec('BEGIN IMMEDIATE')
    await copyOfDatabase(request, path, safetyCopy)
    return version()
  } catch (error) {
    if (sqliteCode(error) === 'BUSY') throw locked(path, busyTimeoutMs)
    throw error
  } finally {
    lock.close()
  }
}

/**
 * Waits for the locks it needs, which SQLite does not do for the destination of a copy.
 *
 * @returns false when somebody wrote to the database between the safety copy and the first step, which has
 * the write lock
 */
async function copyInto(
  to: string,
  source: Connection,
  busyTimeoutMs: number,
  unchanged: () => boolean,
): Promise<boolean> {
  const overtaken = new Error('overtaken')
  const pages = Number(source.rows('PRAGMA page_count')[0]?.[0])
  // Two steps at least: only between steps can the version be looked at.
  const stepPages = Math.max(1, Math.min(mostStepPages, Math.floor(pages / 2)))
  for (let waitedMs = 0, waitMs = 5; ; waitedMs += waitMs, waitMs = Math.min(2 * waitMs, 250)) {
    try {
      await source.backup(to, stepPages, () => {
        if (!unchanged()) throw overtaken
      })
      return true
    } catch (error) {
      if (error === overtaken) return false
      const code = sqliteCode(error)
      if (code !== 'BUSY' && code !== 'LOCKED') throw error
      if (waitedMs >= busyTimeoutMs) throw locked(to, busyTimeoutMs)
      await pause(waitMs)
    }
  }
}

async function putBack(
  { path, busyTimeoutMs, safetyCopy }: ReplaceRequest,
  connect: Connect,
  why: Error,
): Promise<void> {
  let copy: Connection | undefined
  try {
    copy = connect(safetyCopy, { readOnly: false, busyTimeoutMs })
    await copyInto(path, copy, busyTimeoutMs, () => true)
  } catch (error) {
    throw refuseAltered(
      'corrupt',
      `${why.message} What was there before could not be put back: ${(error as Error).message}.`,
      `Close the application and put ${safetyCopy} in its place.`,
    )
  } finally {
    copy?.close()
  }
}

/** The log has grown to the size of the database. If a reader still needs it, it shrinks some other time. */
function shrinkLog(live: Connection, busyTimeoutMs: number): void {
  live.exec(`PRAGMA busy_timeout = ${shrinkTimeoutMs}`)
  live.rows('PRAGMA wal_checkpoint(TRUNCATE)')
  live.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
}

function locked(path: string, busyTimeoutMs: number): Error {
  const hint = 'Close long transactions in the application, or raise busyTimeoutMs.'
  return refuse(
    'busy',
    `The database ${path} was locked by another program for more than ${busyTimeoutMs} ms.`,
    hint,
  )
}

/** https://sqlite.org/fileformat2.html#file_change_counter */
const changeCounterAt = 24
const mostStepPages = 256
const mostRounds = 5
const shrinkTimeoutMs = 1000
