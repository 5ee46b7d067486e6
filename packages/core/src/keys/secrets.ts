import type { KeyProvider } from '../contract/key.ts'
import { createRecoveryCode, recoveryCode } from '../crypto/keys/recovery-code.ts'
import { BackupError } from '../errors.ts'
import { nameInKey, slotKey, slotPrefix } from '../format/names.ts'
import { type KeyRing, addEpoch, currentEpoch } from '../format/ring.ts'
import { listNamed } from '../repository/objects.ts'
import { type KeyChange, type MadeSlot, makeSlot, record, removeEverywhere, ringNow, slotsOpenedBy, storeSlot } from './change.ts'
import { findSlots } from './slots.ts'

/** Adds a secret that opens the repository too. */
export async function addSlot(change: KeyChange, secret: KeyProvider): Promise<void> {
  const made = await makeSlot(change, await ringNow(change), secret)
  await record(change, 'slot-add', [made.name], { kind: secret.slotKind })
  await storeSlot(change, made)
}

/**
 * Replaces one secret by another: the new slot was opened before the old one goes. After an interruption both may open; to repeat it
 * finishes it.
 *
 * @throws `key` when the old secret opens nothing.
 */
export async function replaceSlot(change: KeyChange, old: KeyProvider, next: KeyProvider): Promise<void> {
  const opened = await slotsOpenedBy(change, [old]).catch(async (error: unknown) => {
    if (!BackupError.is(error, 'key') || !(await opensNow(change, next))) throw error
    return []
  })
  if (opened.length === 0) return
  const made = await makeSlot(change, await ringNow(change, [old, next]), next)
  await record(change, 'slot-replace', [...opened.map(({ key }) => nameInKey(key)!), made.name], { kind: next.slotKind })
  await storeSlot(change, made)
  await removeEverywhere(change, opened.map(({ key }) => key))
}

/** Puts a fresh recovery code in the place of those that nobody here opens anything with. It was opened before they go. */
export async function renewRecoveryCode(change: KeyChange): Promise<{ readonly recoveryCode: string }> {
  const older = (await findSlots(change)).filter(({ kind, opened }) => kind === 'recovery' && !opened)
  const code = createRecoveryCode(change.repository.runtime.crypto)
  const secret = recoveryCode(code)
  const made = await makeSlot(change, await ringNow(change), secret)
  await record(change, 'slot-replace', [...older.map(({ id }) => id), made.name], { kind: secret.slotKind })
  await storeSlot(change, made)
  await removeEverywhere(change, older.map(({ id }) => slotKey(id)))
  return { recoveryCode: code }
}

/** Whether a replacement by this secret was done already. */
async function opensNow(change: KeyChange, secret: KeyProvider): Promise<boolean> {
  return slotsOpenedBy(change, [secret]).then(
    () => true,
    () => false,
  )
}

/**
 * Starts a new key epoch. What is stored from now on cannot be read with the old keys. All slots are replaced: those of
 * `secrets` by new ones, the recovery code by a new one, which is returned; every other secret stops working.
 */
export async function rotateKeys(change: KeyChange, secrets: readonly KeyProvider[]): Promise<{ readonly recoveryCode: string }> {
  checkSecrets(secrets, 'Rotation')
  const ring = addEpoch(change.repository.runtime.crypto, await ringNow(change, secrets), change.now)
  return replaceAll(change, ring, secrets, (slots) => record(change, 'rotate', [], { epoch: currentEpoch(ring).epoch, slots }))
}

export function checkSecrets(secrets: readonly KeyProvider[], what: string): void {
  if (secrets.length === 0) throw new BackupError('config', `${what} needs at least one secret for the new keys.`, { key: 'secrets' })
}

/** The slots that come and go, for the audit trail. */
export interface SlotChange {
  readonly made: readonly string[]
  readonly removed: readonly string[]
}

/** Puts slots with this ring in the place of all others. Each was opened before the first of the others goes. */
export async function replaceAll(
  change: KeyChange,
  ring: KeyRing,
  secrets: readonly KeyProvider[],
  recordIt: (slots: SlotChange) => Promise<void>,
): Promise<{ readonly recoveryCode: string }> {
  const { provider, runtime } = change.repository
  const before = await listNamed(provider, slotPrefix, change.call)
  const code = createRecoveryCode(runtime.crypto)
  const made: MadeSlot[] = []
  for (const secret of [...secrets, recoveryCode(code)]) made.push(await makeSlot(change, ring, secret))
  await recordIt({ made: made.map(({ name }) => name), removed: before.map((key) => nameInKey(key)!) })
  for (const slot of made) await storeSlot(change, slot)
  await removeEverywhere(change, before)
  return { recoveryCode: code }
}
