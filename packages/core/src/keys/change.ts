import type { Authority } from '../contract/authority.ts'
import type { KeyProvider } from '../contract/key.ts'
import type { CallOptions } from '../contract/provider.ts'
import { appendAudit } from '../audit/append.ts'
import type { AuditAction } from '../audit/actions.ts'
import { BackupError } from '../errors.ts'
import { type ObjectName, slotKey } from '../format/names.ts'
import { type KeyRing, byAge, encodeRing } from '../format/ring.ts'
import { createSlot, decodeSlot, openSlot } from '../format/slot.ts'
import { equalBytes } from '../format/text.ts'
import { waitedForListings } from '../repository/listing-lag.ts'
import { nameOf, putConfirmed, readNamed } from '../repository/objects.ts'
import { removeForGood } from '../repository/removals.ts'
import type { Repository } from '../repository/repository.ts'
import { type OpenedSlot, openSlots } from '../repository/unlock.ts'
import { writerId } from '../write/writer-state.ts'

/** What every change of keys works with. */
export interface KeyChange {
  readonly repository: Repository
  /** The secrets that the repository was opened with. */
  readonly secrets: readonly KeyProvider[]
  readonly authority: Authority
  readonly now: Date
  readonly call: CallOptions
  readonly warn: (message: string, hint: string) => void
}

/** A slot that is not stored yet. */
export interface MadeSlot {
  readonly name: ObjectName
  readonly secret: KeyProvider
  readonly ring: KeyRing
  readonly bytes: Uint8Array
}

/**
 * The ring as it is now: another process may have rotated or erased since the repository was opened, and what is written from an older
 * ring would lock people out, or bring back what was erased.
 *
 * @param also secrets that may open what a change that was cut short has left
 * @throws `key` when the secrets open nothing any more.
 */
export async function ringNow(change: KeyChange, also: readonly KeyProvider[] = []): Promise<KeyRing> {
  const opened = await slotsOpenedBy(change, [...change.secrets, ...also])
  return opened.map(({ ring }) => ring).sort(byAge)[0]!
}

/** @throws `key` when they open none. */
export async function slotsOpenedBy({ repository, call, warn }: KeyChange, keys: readonly KeyProvider[]): Promise<OpenedSlot[]> {
  const { provider, format, runtime } = repository
  const open = (): Promise<OpenedSlot[]> => openSlots({ provider, crypto: runtime.crypto, format, keys, warn, call })
  try {
    return await open()
  } catch (error) {
    if (!BackupError.is(error, 'key') || !(await waitedForListings(provider, call))) throw error
    return open()
  }
}

export function sameRing(a: KeyRing, b: KeyRing): boolean {
  return equalBytes(encodeRing(a), encodeRing(b))
}

export async function makeSlot({ repository, now }: KeyChange, ring: KeyRing, secret: KeyProvider): Promise<MadeSlot> {
  const { crypto } = repository.runtime
  const bytes = await createSlot(secret, ring, { crypto, repository: ring.repository }, now)
  return { name: nameOf(crypto, bytes), secret, ring, bytes }
}

/** Stores a slot, reads it back and opens it: on what has not been opened, nobody relies. */
export async function storeSlot({ repository, call }: KeyChange, { name, secret, ring, bytes }: MadeSlot): Promise<void> {
  const { provider, runtime } = repository
  const { crypto } = runtime
  await putConfirmed(provider, slotKey(name), bytes, name, call)
  const stored = decodeSlot(await readNamed(provider, crypto, slotKey(name), call))
  const opened = await openSlot(stored, secret, { crypto, repository: ring.repository })
  if (opened && sameRing(opened, ring)) return
  throw new BackupError('corrupt', `The new key slot ${name.slice(0, 12)}… cannot be opened with its own secret.`, {
    plugin: secret.name,
    key: slotKey(name),
    hint: 'No other slot was touched. This points to faulty memory, or to a key plugin that derives another key each time.',
  })
}

/** Removes slots and whatever else goes with keys, everywhere: also from a provider that is away. */
export async function removeEverywhere({ repository, now, call }: KeyChange, keys: readonly string[]): Promise<void> {
  await removeForGood(repository, keys, { writer: await writerId(repository), now }, call)
}

/** Into the audit trail, before it is done. */
export async function record(
  { repository, authority, now, call }: KeyChange,
  action: AuditAction,
  subject: readonly string[],
  details: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await appendAudit(repository, { action, authority, subject, details }, now, call)
}
