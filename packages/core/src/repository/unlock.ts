import type { KeyProvider } from '../contract/key.ts'
import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import type { Crypto } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type FormatObject, suiteOf } from '../format/format-object.ts'
import { slotPrefix } from '../format/names.ts'
import { type KeyRing, byAge } from '../format/ring.ts'
import { type Slot, decodeSlot, openSlot } from '../format/slot.ts'
import { equalBytes, hex } from '../format/text.ts'
import { listNamed, readNamed } from './objects.ts'

export interface UnlockRequest {
  readonly provider: BackupProvider
  readonly crypto: Crypto
  readonly format: FormatObject
  readonly keys: readonly KeyProvider[]
  readonly warn: (message: string, hint: string) => void
  readonly call: CallOptions
}

/** A slot that one of the secrets opens. */
export interface OpenedSlot {
  readonly key: string
  readonly slot: Slot
  readonly ring: KeyRing
  readonly provider: KeyProvider
}

/**
 * Opens the key ring with the first secret that fits.
 *
 * @throws `key` when none fits; `corrupt` when all slots that could fit are damaged.
 */
export async function unlock(request: UnlockRequest): Promise<KeyRing> {
  const opened = await openSlots(request)
  const newest = opened.toSorted((a, b) => byAge(a.ring, b.ring))[0]!
  checkRing(newest.ring, request.format)
  return newest.ring
}

/** All slots that the given secrets open; at least one. */
export async function openSlots(request: UnlockRequest): Promise<OpenedSlot[]> {
  const { provider, crypto, keys, warn, call, format } = request
  const context = { crypto, repository: format.repository }
  const opened: OpenedSlot[] = []
  const kinds = new Set<string>()
  let damaged: BackupError | undefined

  for (const key of await listNamed(provider, slotPrefix, call)) {
    try {
      const slot = decodeSlot(await readNamed(provider, crypto, key, call))
      if (!equalBytes(slot.repository, format.repository)) {
        throw new BackupError('corrupt', `Key slot ${key} belongs to repository ${hex(slot.repository)}.`, { key })
      }
      kinds.add(slot.kind)
      for (const secret of keys.filter((candidate) => candidate.slotKind === slot.kind)) {
        const ring = await openSlot(slot, secret, context)
        if (ring) opened.push({ key, slot, ring, provider: secret })
      }
    } catch (error) {
      // Any other slot may still do.
      if (!BackupError.is(error, 'corrupt', 'unsupported', 'range', 'not-found')) throw error
      damaged = error
      warn(`Key slot ${key} cannot be used: ${error.message}`, error.hint)
    }
  }
  if (opened.length > 0) return opened
  if (damaged && kinds.size === 0) throw damaged
  throw new BackupError('key', whyLocked(provider, keys, kinds), {
    plugin: provider.name,
    hint: 'Check the passphrase, key or recovery code; capitals, spaces and keyboard layout count. Nothing was changed.',
    ...(damaged && { cause: damaged }),
  })
}

function whyLocked(provider: BackupProvider, keys: readonly KeyProvider[], kinds: ReadonlySet<string>): string {
  const given = [...new Set(keys.map((key) => key.slotKind))]
  if (kinds.size === 0) return `${provider.location} has no key slots.`
  const fitting = given.filter((kind) => kinds.has(kind))
  if (fitting.length > 0) return `The ${fitting.join(' and the ')} given does not open the repository at ${provider.location}.`
  return `${provider.location} can be opened by ${[...kinds].join(' or ')}, not by ${given.join(' or ')}.`
}

/** The ring is authenticated, the format object is not: they must tell the same. */
function checkRing(ring: KeyRing, format: FormatObject): void {
  if (equalBytes(ring.repository, format.repository) && ring.suite === suiteOf(format)) return
  throw new BackupError('corrupt', 'The format object does not agree with the key ring; it was changed or comes from elsewhere.', {
    hint: 'Fetch the format object from another copy of the repository.',
  })
}
