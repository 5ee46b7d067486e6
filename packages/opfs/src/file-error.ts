import { BackupError, type ErrorKind } from '@backup/core'

/** What the exceptions of the File System API mean here, by name: kind, what happened, and what to do about it. */
const meanings: Readonly<Record<string, readonly [kind: ErrorKind, what: string, hint?: string]>> = {
  QuotaExceededError: ['quota', 'the browser gives this site no more room'],
  NotAllowedError: [
    'auth',
    'the user has not allowed it',
    'Call requestPermission({ mode: "readwrite" }) on the handle when the user clicks on something.',
  ],
  SecurityError: [
    'unsupported',
    'the browser keeps no files for this page',
    'Open it from https or localhost, and not in a private window.',
  ],
  NotFoundError: ['target-missing', 'the folder is not there any more'],
  NoModificationAllowedError: ['busy', 'another tab or worker has the file open'],
  InvalidStateError: ['target-missing', 'the folder has changed since the browser knew it', 'Ask the user to pick the folder again.'],
  NotReadableError: ['transient', 'the file cannot be read at the moment'],
  TypeMismatchError: ['exists', 'something that is no file stands where an object belongs'],
  AbortError: ['permanent', 'the browser has stopped it', 'Look whether a check of downloads refuses the file.'],
}

/** The name of an exception of the browser, such as `NotFoundError`. */
export function nameOf(error: unknown): string {
  const { name } = (error ?? {}) as { name?: unknown }
  return typeof name === 'string' ? name : ''
}

/** Nothing is there, or something else than what was asked for. */
export function isAbsent(error: unknown): boolean {
  return ['NotFoundError', 'TypeMismatchError'].includes(nameOf(error))
}

/** Translates an exception; `doing` completes "Cannot …". Those without a meaning of their own are `permanent`. */
export function fileError(plugin: string, error: unknown, doing: string, key: string): BackupError {
  const name = nameOf(error)
  const [kind, what, hint] = meanings[name] ?? ['permanent', `the browser says ${name || 'nothing we know'}`]
  return new BackupError(kind, `Cannot ${doing}: ${what}${name && ` (${name})`}.`, {
    plugin,
    key,
    cause: error,
    ...(hint !== undefined && { hint }),
  })
}
