import { BackupError, type ErrorKind } from '@backup/core'
import { SQLITE_AUTH, SQLITE_CORRUPT, SQLITE_ERROR, SQLITE_INTERRUPT, SQLITE_MISMATCH, SQLITE_NOMEM, SQLITE_NOTADB, SQLITE_RANGE, SQLITE_READONLY, SQLITE_TOOBIG, SQLiteError } from '@journeyapps/wa-sqlite'

const whyNot: Readonly<Record<number, readonly [kind: ErrorKind, hint: string]>> = {
  [SQLITE_ERROR]: ['config', 'Correct the SQL.'],
  [SQLITE_RANGE]: ['config', 'Give as many parameters as the SQL has places for them.'],
  [SQLITE_MISMATCH]: ['config', 'Correct the SQL.'],
  [SQLITE_AUTH]: ['unsupported', 'A snapshot can only be read.'],
  [SQLITE_READONLY]: ['unsupported', 'A snapshot can only be read. Bring rows back into the live database, or restore.'],
  [SQLITE_CORRUPT]: ['corrupt', 'Its bytes are what was backed up: the database was damaged then. Look into an older snapshot.'],
  [SQLITE_NOTADB]: ['corrupt', 'Its bytes are what was backed up: the database was damaged then. Look into an older snapshot.'],
  [SQLITE_NOMEM]: ['permanent', 'Ask for less at a time.'],
  [SQLITE_TOOBIG]: ['permanent', 'Ask for less at a time.'],
}

/** What SQLite says, in the words of everything else here. */
export function asBackupError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (BackupError.is(error)) return error
  if (!(error instanceof SQLiteError)) return error
  const code = Number(error.code) & 0xff
  if (code === SQLITE_INTERRUPT && signal?.aborted) return new BackupError('cancelled', 'The query was cancelled.', { cause: signal.reason })
  const [kind, hint] = whyNot[code] ?? ['permanent', 'Tell us what you asked for.']
  return new BackupError(kind, `SQLite says: ${error.message}.`, { plugin: 'sqlite-travel', hint, cause: error })
}
