import type { KeyProvider } from '../contract/key.ts'
import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { createRecoveryCode, recoveryCode } from '../crypto/keys/recovery-code.ts'
import { slotKey, slotPrefix } from '../format/names.ts'
import { type KeyRing, addEpoch } from '../format/ring.ts'
import { createSlot } from '../format/slot.ts'
import { listNamed, nameOf, putConfirmed } from './objects.ts'
import type { Repository } from './repository.ts'
import { openSlots } from './unlock.ts'

/** Adds a secret that opens the repository too. */
export async function addSlot(repository: Repository, secret: KeyProvider, now: Date, options: CallOptions): Promise<void> {
  await writeSlot(repository, repository.ring, secret, now, options)
}

/**
 * Replaces one secret by another: the new slot is there before the old one goes.
 *
 * @throws `key` when the old secret opens nothing.
 */
export async function replaceSlot(
  repository: Repository,
  old: KeyProvider,
  next: KeyProvider,
  now: Date,
  options: CallOptions,
): Promise<void> {
  const { provider, format } = repository
  const { crypto } = repository.runtime
  const opened = await openSlots({ provider, crypto, format, keys: [old], warn: () => {}, call: options })
  await writeSlot(repository, repository.ring, next, now, options)
  for (const slot of opened) await provider.delete(slot.key, options)
}

/**
 * Starts a new key epoch. What is stored from now on cannot be read with the old keys. All slots are replaced: those of
 * `secrets` by new ones, the recovery code by a new one, which is returned; every other secret stops working.
 */
export async function rotateKeys(
  repository: Repository,
  secrets: readonly KeyProvider[],
  now: Date,
  options: CallOptions,
): Promise<{ readonly ring: KeyRing; readonly recoveryCode: string }> {
  if (secrets.length === 0) throw new BackupError('config', 'Rotation needs at least one secret for the new keys.', { key: 'secrets' })
  const { provider, runtime } = repository
  const before = await listNamed(provider, slotPrefix, options)
  const ring = addEpoch(runtime.crypto, repository.ring, now)
  const code = createRecoveryCode(runtime.crypto)
  for (const secret of [...secrets, recoveryCode(code)]) await writeSlot(repository, ring, secret, now, options)
  for (const key of before) await provider.delete(key, options)
  return { ring, recoveryCode: code }
}

async function writeSlot(repository: Repository, ring: KeyRing, secret: KeyProvider, now: Date, options: CallOptions): Promise<void> {
  const { provider, runtime } = repository
  const slot = await createSlot(secret, ring, { crypto: runtime.crypto, repository: ring.repository }, now)
  const name = nameOf(runtime.crypto, slot)
  await putConfirmed(provider, slotKey(name), slot, name, options)
}
