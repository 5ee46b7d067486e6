import { accessSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Access, Report } from '../host/protocol.ts'
import { type Connect, type Connection, connector } from './driver.ts'
import { headerBytes, readHeader } from './header.ts'
import { type Place, lookAt, placeOf } from './place.ts'
import { refuse, sqliteCode } from './refusal.ts'
import { warnOfResetBug } from './reset-bug.ts'

/** A read transaction: as long as it lasts, what it sees stays as it is. */
export interface Pin {
  readonly connection: Connection
  readonly place: Place
  /**
   * Descriptor of the database file. Opened before the connection, and never closed: closing it would drop
   * every lock that this process holds on the file.
   */
  readonly file: number
  readonly journalMode: string
  readonly pageBytes: number
  /** Pages of the database as the transaction sees it. */
  readonly pageCount: number
  readonly sqliteVersion: string
  /** SQLite refuses to work with the database as it is, and why. What it holds can be read all the same. */
  readonly damage?: string
  /** Ends the transaction and leaves the folder as it was found. */
  release(): void
}

/**
 * Opens the database for reading and begins a transaction that sees the last committed state.
 *
 * @param evenDamaged take what is left of a damaged database, as well as a lock can be had: it may be all there is
 * @throws `source`, or `busy` when a lock was not given within the time-out
 */
export async function pin(
  access: Access,
  report: (report: Report) => void,
  { evenDamaged = false }: { readonly evenDamaged?: boolean } = {},
): Promise<Pin> {
  const connect = await connector(access.driver)
  const found = placeOf(access.path)
  const file = openFile(found)
  const hadLog = existsSync(`${found.path}-wal`)
  const { connection, damage } = begin(connect, access, found, file, report, evenDamaged)
  const one = (sql: string): unknown => connection.rows(sql)[0]?.[0]

  // Only now, under the lock, do size and time of the file stand still.
  const place = lookAt(access.path)
  if (!place || place.identity !== identityOf(file)) {
    throw refuse('source', `The database ${access.path} was replaced by another file just now.`, 'Run again.')
  }
  const journalMode = String(one('PRAGMA journal_mode'))
  // Even for that, SQLite wants to read the schema.
  const sqliteVersion = damage === undefined ? String(one('SELECT sqlite_version()')) : 'unknown'
  if (journalMode === 'wal') warnOfResetBug(sqliteVersion, report)
  return {
    connection,
    place,
    file,
    journalMode,
    pageBytes: Number(one('PRAGMA page_size')),
    pageCount: Number(one('PRAGMA page_count')),
    sqliteVersion,
    ...(damage !== undefined && { damage }),
    release() {
      try {
        connection.exec('COMMIT')
      } catch {
        // Nothing was written that could be lost; of a damaged database, SQLite says once more that it is. Closing ends the transaction.
      }
      connection.close()
      if (journalMode === 'wal' && !hadLog) removeEmptyLog(connect, place)
    },
  }
}

/** What a reader may find at the end of its work that makes the work worthless. */
export function assertUndisturbed({ place, file, journalMode }: Pin): void {
  const hint =
    'Programs must change a database through SQLite, and replace it only while nobody reads it. Run again.'
  const now = lookAt(place.path)
  if (!now) throw refuse('source', `The database ${place.path} was deleted while it was read.`, hint)
  if (now.identity !== place.identity) {
    throw refuse('source', `The database ${place.path} was replaced by another file while it was read.`, hint)
  }
  // In WAL mode a checkpoint may write to the file at any time, and does no harm.
  if (journalMode === 'wal') return
  const { size, mtimeNs } = fstatSync(file, { bigint: true })
  if (Number(size) === place.bytes && mtimeNs === place.changedNs) return
  throw refuse(
    'source',
    `The database ${place.path} was changed behind SQLite's back while it was read.`,
    hint,
  )
}

function openFile({ path }: Place): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    throw refuse('source', `The database ${path} cannot be read: ${(error as Error).message}.`, rights)
  }
}

function identityOf(file: number): string {
  const { dev, ino } = fstatSync(file, { bigint: true })
  return `${dev}:${ino}`
}

function begin(
  connect: Connect,
  access: Access,
  place: Place,
  file: number,
  report: (report: Report) => void,
  evenDamaged: boolean,
): { connection: Connection; damage?: string } {
  try {
    return { connection: beginAs(connect, access, place, true) }
  } catch (error) {
    if (evenDamaged && sqliteCode(error) === 'CORRUPT') return { connection: beginDamaged(connect, access, place, file, error), damage: wordsOf(error) }
    if (sqliteCode(error) !== 'READONLY') throw inWords(error, access, place, file)
  }
  // A journal that a crashed program left has to be rolled back first, and only a connection that writes can
  // do it.
  try {
    accessSync(place.path, constants.W_OK)
    const connection = beginAs(connect, access, place, false)
    report({
      type: 'warning',
      message: `A program ended in the middle of a transaction on ${place.path}; SQLite rolled it back.`,
      hint: 'Nothing to do: the next program that opened the database would have done the same.',
    })
    return { connection }
  } catch (error) {
    throw inWords(error, access, place, file)
  }
}

function beginAs(
  connect: Connect,
  { busyTimeoutMs }: Access,
  { path }: Place,
  readOnly: boolean,
): Connection {
  const connection = connect(path, { readOnly, busyTimeoutMs })
  try {
    connection.exec('PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; BEGIN')
    connection.rows('SELECT 1 FROM sqlite_schema LIMIT 1')
    return connection
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * SQLite opens what is shorter than it should be, or has a schema that makes no sense, for those who are about to repair it. They neither
 * need the schema to begin with, nor do we.
 */
function beginDamaged(connect: Connect, access: Access, place: Place, file: number, refusal: unknown): Connection {
  const connection = connect(place.path, { readOnly: true, busyTimeoutMs: access.busyTimeoutMs, evenDamaged: true })
  try {
    connection.exec('PRAGMA writable_schema = 1; PRAGMA query_only = 1; PRAGMA wal_autocheckpoint = 0; BEGIN')
    connection.rows('PRAGMA schema_version')
    return connection
  } catch {
    connection.close()
    throw inWords(refusal, access, place, file)
  }
}

function wordsOf(error: unknown): string {
  return `SQLite says: ${(error as Error).message}.`
}

function inWords(error: unknown, { path, busyTimeoutMs }: Access, place: Place, file: number): unknown {
  const { message } = error as Error
  const reasons: Readonly<Record<string, () => Error>> = {
    BUSY: () =>
      refuse(
        'busy',
        `The database ${path} was locked by another program for more than ${busyTimeoutMs} ms.`,
        waiting,
      ),
    NOTADB: () =>
      refuse(
        'source',
        whatItIs(path, place, file),
        'Check the path. Encrypted databases cannot be backed up.',
      ),
    CORRUPT: () => refuse('source', `The database ${path} is damaged: ${message}.`, damaged),
    READONLY: () => refuse('source', mustWrite(path, message), rights),
    EACCES: () => refuse('source', mustWrite(path, message), rights),
    EROFS: () => refuse('source', mustWrite(path, message), rights),
    CANTOPEN: () =>
      refuse('source', `SQLite cannot open ${path} or the files beside it: ${message}.`, rights),
  }
  return reasons[sqliteCode(error) ?? String((error as { code?: unknown }).code)]?.() ?? error
}

/** For the shared memory of a log, or because there is a journal to roll back. */
function mustWrite(path: string, message: string): string {
  return `Before SQLite can read ${path}, it must be able to write to it or beside it: ${message}.`
}

function whatItIs(path: string, { bytes }: Place, file: number): string {
  const start = new Uint8Array(headerBytes)
  readSync(file, start, 0, headerBytes, 0)
  const magic = new TextDecoder('latin1').decode(start.subarray(0, 15)) === 'SQLite format 3'
  if (magic && !readHeader(start)) return `The header of the database ${path} is damaged.`
  return magic
    ? `SQLite cannot read the database ${path}.`
    : `${path} (${bytes} bytes) is no SQLite database, or an encrypted one.`
}

/**
 * A connection that may write removes the log when it is the last to close; one that only reads leaves it
 * behind.
 */
function removeEmptyLog(connect: Connect, place: Place): void {
  const log = lookAt(`${place.path}-wal`)
  if (log?.bytes !== 0) return
  try {
    const connection = connect(place.path, { readOnly: false, busyTimeoutMs: 0 })
    connection.rows('SELECT 1 FROM sqlite_schema LIMIT 1')
    connection.close()
  } catch {
    // Somebody uses the database by now, or it is read-only: then the empty log stays, and harms nobody.
  }
}

const rights = 'Give the user that runs this program the right to read the file and to write to its folder.'
const damaged =
  'Restore it from the last good snapshot, or save what can be saved with `.recover` of the sqlite3 program.'
const waiting =
  'Close programs that hold it (PRAGMA locking_mode = EXCLUSIVE does so for good), or raise busyTimeoutMs.'
