import { type Backup, BackupError, type KeyProvider, rawKey, recoveryCode } from '@backup/core'
import { textOf } from '../store/check.ts'
import { refuse } from '../store/refusal.ts'
import type { MachineKey } from './machine-key.ts'

/** What was found where the backups are. */
export interface Recovered {
  readonly backups: number
  /** When the one was taken that came back. */
  readonly newest: string
}

/** @throws `invalid` without one, `config` for one that was mistyped */
export function codeIn(given: Readonly<Record<string, unknown>>): KeyProvider {
  return recoveryCode(textOf(given['code'], 'code', { required: true }))
}

/** In the words of somebody who has the paper in his hand. */
export function inWordsOfCode(error: unknown): unknown {
  if (!BackupError.is(error, 'key')) return error
  return refuse('invalid', 'This recovery code does not open these backups. Is it that of another shop? Nothing was changed.', 'code')
}

/** This machine opens them by itself from now on; the audit trail says who let it. */
export async function addKey(backup: Backup, key: MachineKey, actor: string): Promise<void> {
  await backup.keys.add(rawKey(key.repository), { actor, reason: 'The recovery code was entered, so that this machine has a key of its own' })
}

/** On a new machine: a key of its own, and the newest sound state over what there is. */
export async function bringBack(backup: Backup, key: MachineKey, actor: string): Promise<Recovered> {
  const snapshots = await backup.snapshots()
  const newest = snapshots.findLast(({ suspect }) => suspect === undefined)
  if (!newest) throw new BackupError('not-found', 'There is no backup in this place.', { hint: 'Choose the place in which the backups are.' })
  await addKey(backup, key, actor)
  await backup.restore(newest.id, { overwrite: true, actor, reason: 'Set up on a new machine with the recovery code' })
  return { backups: snapshots.length, newest: newest.time.toISOString() }
}
