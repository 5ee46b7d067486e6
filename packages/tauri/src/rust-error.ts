import { BackupError, type ErrorKind } from '@backup/core'

type Meaning = readonly [kind: ErrorKind, what: string, hint?: string]

const full: Meaning = ['quota', 'the disk is full']
const denied: Meaning = ['auth', 'the rights are missing', 'Give this account the right to read and write there.']
const gone: Meaning = ['target-missing', 'the folder is not there any more']
const held: Meaning = ['busy', 'another program holds the file']

/** Numbers of the system, as Rust tells them: `No space left on device (os error 28)`. */
const unix: Readonly<Record<number, Meaning>> = {
  1: denied,
  2: gone,
  5: ['transient', 'the disk reports an error', 'If it stays, check cable and disk; the disk may be failing.'],
  13: denied,
  16: held,
  20: ['config', 'a part of the path is a file', 'Name a folder.'],
  28: full,
  30: ['auth', 'the disk is mounted read-only', 'Mount it writable, or remove its write protection.'],
  36: ['config', 'the path is too long', 'Use a folder with a shorter path.'],
  69: full,
  122: full,
}
const windows: Readonly<Record<number, Meaning>> = { 2: gone, 3: gone, 5: denied, 19: denied, 21: gone, 32: held, 33: held, 39: full, 112: full }

/** What SQLite says, in words that have not changed for twenty years. */
const sqlite: readonly (readonly [words: RegExp, meaning: Meaning])[] = [
  [/database is locked|database table is locked|SQLITE_BUSY/, ['busy', 'somebody else holds the database']],
  [/disk is full/, full],
  [/malformed|not a database/, ['source', 'the database is damaged', 'Restore it from an earlier snapshot.']],
  [/unable to open/, gone],
]

const notAllowed: Meaning = [
  'auth',
  'a capability of the application is missing',
  'Add what the message names to src-tauri/capabilities; the README of @backup/tauri has the list.',
]

/** Plugins fail with a text. `doing` completes "Cannot …"; what has no meaning of its own is `otherwise`. */
export function rustError(error: unknown, doing: string, key: string, otherwise: ErrorKind = 'permanent'): BackupError {
  if (BackupError.is(error)) return error
  const text = error instanceof Error ? error.message : String(error)
  const [kind, what, hint] = meaningOf(text) ?? [otherwise, 'the application says no']
  return new BackupError(kind, `Cannot ${doing}: ${what} (${text}).`, { plugin: 'tauri', key, cause: error, ...(hint !== undefined && { hint }) })
}

function meaningOf(text: string): Meaning | undefined {
  if (/forbidden path|not allowed/.test(text)) return notAllowed
  const number = Number(/\(os error (\d+)\)/.exec(text)?.[1])
  if (Number.isInteger(number)) return (isWindows() ? windows : unix)[number]
  return sqlite.find(([words]) => words.test(text))?.[1]
}

function isWindows(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } }
  return navigator?.userAgent?.includes('Windows') ?? false
}
