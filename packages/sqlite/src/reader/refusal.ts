import type { ErrorKind } from '@backup/core'
import type { Refusal } from '../host/protocol.ts'

/** An error whose words are meant for the user of the host process. */
export function refuse(kind: ErrorKind, message: string, hint?: string): Error {
  return refusing(hint === undefined ? { kind, message } : { kind, message, hint })
}

/** The same when what was to be changed is not as it was before. @param hint how to get back */
export function refuseAltered(kind: ErrorKind, message: string, hint: string): Error {
  return refusing({ kind, message, hint, altered: true })
}

function refusing(refusal: Refusal): Error {
  return Object.assign(new Error(refusal.message), { refusal })
}

/**
 * Puts any error into words.
 *
 * @param otherwise the kind of errors that have none of their own
 * @param doing what was under way: "reading /data/store.db"
 */
export function refusalOf(error: unknown, otherwise: ErrorKind, doing: string): Refusal {
  const { refusal, code, message } = error as { refusal?: Refusal; code?: unknown; message?: string }
  if (refusal) return refusal
  const [kind, hint] = meanings[sqliteCode(error) ?? String(code)] ?? [otherwise]
  const base = { kind, message: `Failed while ${doing}: ${message ?? String(error)}.` }
  return hint === undefined ? base : { ...base, hint }
}

/**
 * The primary result code of an error that SQLite raised, by its name without prefix: `BUSY`, `NOTADB`
 * (https://sqlite.org/rescode.html); nothing for any other error.
 */
export function sqliteCode(error: unknown): string | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  // Node's backup() reports a destination that somebody holds as "not an error".
  if (code === 'ERR_SQLITE_ERROR')
    return errcode === 0 ? 'BUSY' : (primaryCodes[Number(errcode) & 0xff] ?? 'ERROR')
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined
  return code.split('_')[1]
}

const primaryCodes: Readonly<Record<number, string>> = {
  3: 'PERM',
  5: 'BUSY',
  6: 'LOCKED',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  26: 'NOTADB',
}

const full = 'Free space on that disk, or use a larger one; nothing that was there was changed.'
const held = 'Another program holds a lock. Try again when it is done, or raise busyTimeoutMs.'

const meanings: Readonly<Record<string, readonly [kind: ErrorKind, hint?: string]>> = {
  BUSY: ['busy', held],
  LOCKED: ['busy', held],
  FULL: ['quota', full],
  ENOSPC: ['quota', full],
  EDQUOT: ['quota', full],
  EFBIG: ['quota', 'The file would be larger than the system or a limit of this process allows.'],
  EACCES: ['auth', 'Give the user that runs this program the rights it needs.'],
  EPERM: ['auth', 'Give the user that runs this program the rights it needs.'],
  EROFS: ['auth', 'The file system is mounted read-only.'],
  EEXIST: ['exists'],
}
