import { BackupError } from '@backup/core'

const unconfirmed = new WeakSet<object>()

/** Somebody said no, or nobody could be asked. */
export function notConfirmed(message: string, hint: string): BackupError {
  const error = new BackupError('cancelled', message, { hint })
  unconfirmed.add(error)
  return error
}

export function isUnconfirmed(error: unknown): boolean {
  return typeof error === 'object' && error !== null && unconfirmed.has(error)
}
