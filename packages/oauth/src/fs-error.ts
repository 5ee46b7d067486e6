import { BackupError, type ErrorKind } from '@backup/core'

const kinds: Readonly<Record<string, readonly [kind: ErrorKind, why: string]>> = {
  EACCES: ['auth', 'the rights are missing'],
  EPERM: ['auth', 'the operation is not permitted'],
  EROFS: ['auth', 'the disk is mounted read-only'],
  ENOSPC: ['quota', 'the disk is full'],
  EDQUOT: ['quota', 'the disk quota is used up'],
  EIO: ['transient', 'the disk reports an error'],
  EBUSY: ['busy', 'another program holds the file'],
  EMFILE: ['busy', 'this process has too many files open'],
  ENFILE: ['busy', 'the system has too many files open'],
  ENOTDIR: ['config', 'a part of the path is a file'],
  EISDIR: ['config', 'a folder stands where the file belongs'],
}

export function codeOf(error: unknown): string {
  const { code } = Object(error)
  return typeof code === 'string' ? code : ''
}

/** `doing` completes "Cannot …". Errors of our own pass through. */
export function fsError(error: unknown, doing: string, path: string): BackupError {
  if (BackupError.is(error)) return error
  const code = codeOf(error)
  const [kind, why] = kinds[code] ?? ['permanent', 'the system refuses']
  return new BackupError(kind, `Cannot ${doing} ${path}: ${why}${code && ` (${code})`}.`, {
    plugin: 'oauth',
    key: path,
    cause: error,
    ...(kind === 'auth' && { hint: 'Give this account the right to use the file and its folder.' }),
  })
}
