import type { KdfParameters, KeyProvider } from '../contract/key.ts'
import { weakness } from '../crypto/keys/weak-kdf.ts'
import { BackupError } from '../errors.ts'
import { type ObjectName, nameInKey, slotKey, slotPrefix } from '../format/names.ts'
import { type KeyRing, byAge } from '../format/ring.ts'
import { type Slot, decodeSlot, openSlot } from '../format/slot.ts'
import { equalBytes } from '../format/text.ts'
import { listNamed, readNamed } from '../repository/objects.ts'
import { type KeyChange, record, removeEverywhere, sameRing } from './change.ts'

/** One of the secrets that open the repository, as its slot shows it to everybody. Plain data; nothing in it helps to guess the secret. */
export interface SlotInfo {
  /** Name of the slot. Any unambiguous beginning of it will do where one is asked for. */
  readonly id: ObjectName
  /** `passphrase`, `raw`, `recovery`, or a plugin's own word; `null` when the slot cannot be read. */
  readonly kind: string | null
  readonly created: Date | null
  /** How the secret becomes a key, without the salt. */
  readonly kdf: Readonly<Record<string, string | number>> | null
  /** Whether one of the secrets at hand opens it. */
  readonly opened: boolean
  /** Whether it holds all keys that there are now. `null` when that cannot be told, because no secret at hand opens it. */
  readonly current: boolean | null
  /** What is wrong with it, and what to do about it: damage, or parameters that make guessing cheap. */
  readonly problem: { readonly kind: 'damaged' | 'weak'; readonly message: string; readonly hint: string } | null
}

export interface FoundSlot extends SlotInfo {
  readonly ring?: KeyRing
}

type Finding = Pick<KeyChange, 'repository' | 'secrets' | 'call'>

/** All slots, oldest first. Takes as long as opening each of them that a secret may fit. */
export async function findSlots({ repository, secrets, call }: Finding): Promise<FoundSlot[]> {
  const { provider, runtime } = repository
  const found: FoundSlot[] = []
  for (const key of await listNamed(provider, slotPrefix, call)) {
    const id = nameInKey(key)!
    try {
      const slot = decodeSlot(await readNamed(provider, runtime.crypto, key, call))
      if (!equalBytes(slot.repository, repository.format.repository)) throw new BackupError('corrupt', 'It belongs to another repository.')
      found.push({ id, ...describe(slot), ...(await opening(repository, slot, secrets)) })
    } catch (error) {
      // It went between the listing and now.
      if (BackupError.is(error, 'not-found')) continue
      if (!BackupError.is(error, 'corrupt', 'unsupported', 'range')) throw error
      const problem = { kind: 'damaged', message: error.message, hint: 'If a secret of yours opens no other slot, add it anew; then remove this slot.' } as const
      found.push({ id, kind: null, created: null, kdf: null, opened: false, current: null, problem })
    }
  }
  const newest = found.flatMap(({ ring }) => ring ?? []).sort(byAge)[0]
  return found
    .map((slot) => (slot.ring && newest ? { ...slot, current: sameRing(slot.ring, newest) } : slot))
    .sort((a, b) => (a.created?.getTime() ?? 0) - (b.created?.getTime() ?? 0) || (a.id < b.id ? -1 : 1))
}

export async function listSlots(finding: Finding): Promise<SlotInfo[]> {
  return (await findSlots(finding)).map(({ ring: _, ...info }) => info)
}

/**
 * Takes a slot away, so that its secret opens nothing any more.
 *
 * @param proof a secret that opens another slot, where those at hand open this one alone
 * @throws `not-found` or `config` when the id is none, or the beginning of several; `permanent` when nobody was proved to get in without it
 */
export async function removeSlot(change: KeyChange, wanted: string, proof?: KeyProvider): Promise<void> {
  const slots = await findSlots({ ...change, secrets: [...change.secrets, ...(proof ? [proof] : [])] })
  const slot = chosen(slots, wanted)
  const another = slots.find((other) => other !== slot && other.current === true)
  if (!another) {
    throw new BackupError('permanent', `Slot ${slot.id.slice(0, 12)}… is the only one that is known to open the repository.`, {
      key: slot.id,
      hint: 'Add another secret first, or give as "proof" one that opens another slot.',
    })
  }
  await record(change, 'slot-remove', [slot.id], { kind: slot.kind, created: slot.created })
  await removeEverywhere(change, [slotKey(slot.id)])
}

function describe({ kind, kdf, created }: Slot): Pick<FoundSlot, 'kind' | 'created' | 'kdf' | 'problem'> {
  const weak = weakness(kdf)
  const hint = 'Guessing the passphrase is cheap. Replace it by itself: the new slot takes the parameters of today.'
  return { kind, created, kdf: withoutSalt(kdf), problem: weak === undefined ? null : { kind: 'weak', message: weak, hint } }
}

function withoutSalt({ salt: _, ...kdf }: KdfParameters): FoundSlot['kdf'] {
  return kdf
}

async function opening(
  repository: KeyChange['repository'],
  slot: Slot,
  secrets: readonly KeyProvider[],
): Promise<Pick<FoundSlot, 'opened' | 'current' | 'ring'>> {
  const context = { crypto: repository.runtime.crypto, repository: repository.format.repository }
  for (const secret of secrets.filter(({ slotKind }) => slotKind === slot.kind)) {
    const ring = await openSlot(slot, secret, context)
    if (ring) return { opened: true, current: null, ring }
  }
  return { opened: false, current: null }
}

function chosen(slots: readonly FoundSlot[], wanted: string): FoundSlot {
  const [slot, second] = slots.filter(({ id }) => wanted.length > 0 && id.startsWith(wanted))
  if (second) throw new BackupError('config', `"${wanted}" is the beginning of several slot ids.`, { key: wanted, hint: 'Give more of the id.' })
  if (slot) return slot
  throw new BackupError('not-found', `There are ${slots.length} slots, none of them "${wanted}".`, { key: wanted, hint: 'List the slots and choose one of them.' })
}
