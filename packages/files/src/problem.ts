import { BackupError, type ErrorKind } from '@backup/core'

const kinds: Readonly<Record<string, ErrorKind>> = {
  ENOSPC: 'quota',
  EDQUOT: 'quota',
  EACCES: 'auth',
  EPERM: 'auth',
  EROFS: 'auth',
}

/** An error of the file system where something was to be written. */
export function writeProblem(error: unknown, path: string, doing: string): BackupError {
  if (BackupError.is(error)) return error
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? 'unknown'
  const kind = kinds[code] ?? (code === 'ENOENT' ? 'target-missing' : 'permanent')
  return new BackupError(kind, `Could not ${doing} ${shown(path)}: ${code}.`, { plugin, key: path, cause: error })
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  ENAMETOOLONG: 'has a path that is too long for this system',
}

/** Something that was to be backed up could not be read. */
export function readProblem(path: string, code: string): BackupError {
  return new BackupError('source', `${shown(path)} ${reasons[code] ?? `could not be read: ${code}`}.`, {
    plugin,
    key: path,
    hint: 'Mend its rights, exclude it, or set unreadable: \'skip\' to go on without it.',
  })
}

/** For messages: a newline in a name must not make two lines of one. */
export function shown(path: string): string {
  return /[\p{Cc}\p{Surrogate}]/u.test(path) ? JSON.stringify(path) : path
}

export const plugin = 'files'
