import { BackupError, type BackupErrorOptions, type ErrorKind } from '@backup/core'

/**
 * What the codes of the operating system (errno(3)) mean here: kind, what happened, and what to do about it.
 */
const meanings: Readonly<Record<string, readonly [kind: ErrorKind, what: string, hint?: string]>> = {
  ENOSPC: ['quota', 'the disk is full'],
  EDQUOT: ['quota', 'the disk quota of this account is used up'],
  EFBIG: ['quota', 'the file is larger than the file system or the limits of this process allow'],
  EROFS: ['auth', 'the disk is mounted read-only', 'Mount it writable, or remove its write protection.'],
  EACCES: ['auth', 'the rights are missing', 'Give this account the right to read and write the folder.'],
  EPERM: [
    'auth',
    'the operation is not permitted',
    'Give this account the right to read and write the folder.',
  ],
  EIO: [
    'transient',
    'the disk reports an error',
    'If it stays, check cable and disk; the disk may be failing.',
  ],
  ESTALE: ['transient', 'the network share was replaced or restarted'],
  ENOTCONN: ['transient', 'the network share is not connected'],
  EHOSTDOWN: ['transient', 'the server of the network share is down'],
  EHOSTUNREACH: ['transient', 'the server of the network share is out of reach'],
  ENETDOWN: ['transient', 'the network is down'],
  ENETUNREACH: ['transient', 'the network is out of reach'],
  ETIMEDOUT: ['transient', 'the network share did not answer'],
  ECONNRESET: ['transient', 'the network share broke the connection'],
  EREMOTEIO: ['transient', 'the network share reports an error'],
  EAGAIN: ['transient', 'the system was out of something for a moment'],
  EINTR: ['transient', 'the call was interrupted'],
  UNKNOWN: ['transient', 'the system gives no reason'],
  EBUSY: ['busy', 'another program holds the file'],
  ETXTBSY: ['busy', 'another program holds the file'],
  EMFILE: ['busy', 'this process has too many files open', 'Raise its limit of open files.'],
  ENFILE: ['busy', 'the system has too many files open'],
  ENOMEM: ['busy', 'the system is out of memory'],
  ENOENT: ['target-missing', 'the folder is not there any more'],
  ENODEV: ['target-missing', 'the disk is gone'],
  ENXIO: ['target-missing', 'the disk is gone'],
  ENAMETOOLONG: ['config', 'the path is too long', 'Use a folder with a shorter path.'],
  ELOOP: ['config', 'the path goes round in a circle of symbolic links', 'Correct the links.'],
  ENOTDIR: ['config', 'a part of the path is a file', 'Name a folder.'],
  EISDIR: ['config', 'a folder stands where a file belongs', 'Remove the folder, or use another place.'],
  EINVAL: ['config', 'the file system does not accept the path', 'Use a folder with a plainer path.'],
  EXDEV: ['config', 'parts of the folder lie on different file systems', 'Keep the whole folder on one.'],
}

/** The code of a failed call to the file system, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** ENOTDIR and EISDIR: something of others stands where an object or its folder would. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')
}

/**
 * Translates a failed call to the file system; `doing` completes "Cannot …". Errors of our own pass through.
 *
 * Codes without a meaning of their own are `permanent`.
 */
export function fsError(error: unknown, doing: string, key: string): BackupError {
  if (BackupError.is(error)) return error
  const code = codeOf(error)
  const [kind, what, hint] = meanings[code ?? ''] ?? [
    'permanent',
    `the system says ${code ?? 'nothing we know'}`,
  ]
  const options: BackupErrorOptions = {
    plugin: 'local',
    key,
    cause: error,
    ...(hint !== undefined && { hint }),
  }
  return new BackupError(kind, `Cannot ${doing}: ${what}${code === undefined ? '' : ` (${code})`}.`, options)
}
