import type { DerivedKey, KdfParameters, KeyContext, KeyProvider } from '../contract/key.ts'
import type { SuiteId } from '../contract/suite.ts'
import { BackupError } from '../errors.ts'
import { readTime } from './commit.ts'
import { checkClearLength, parseFields, readFields } from './fields.ts'
import { type KeyRing, decodeRing, encodeRing } from './ring.ts'
import { base64, equalBytes, hex, unbase64, unhex, utf8 } from './text.ts'

/** The key ring, wrapped by one secret: FORMAT.md §5.1. */
export interface Slot {
  readonly repository: Uint8Array
  readonly kind: string
  readonly kdf: KdfParameters
  readonly suite: SuiteId
  readonly salt: Uint8Array
  readonly check: Uint8Array
  readonly created: Date
  /** Exactly as stored: it is what the seal authenticates. */
  readonly header: string
  readonly sealed: Uint8Array
}

const checkInfo = utf8('backup/1/slot-check')
const keyInfo = utf8('backup/1/slot-key')

/** Makes a slot that `provider` can open, and returns the bytes to store. */
export async function createSlot(provider: KeyProvider, ring: KeyRing, context: KeyContext, now: Date): Promise<Uint8Array> {
  const { crypto } = context
  const { kdf, key }: DerivedKey = await provider.create(context)
  const salt = crypto.random(32)
  const header = JSON.stringify({
    repository: hex(ring.repository),
    kind: provider.slotKind,
    kdf,
    suite: ring.suite,
    salt: base64(salt),
    check: base64(crypto.hkdf(key, salt, checkInfo)),
    created: now.toISOString(),
  })
  const aead = crypto.aead(ring.suite, crypto.hkdf(key, salt, keyInfo))
  const sealed = await aead.seal(new Uint8Array(aead.nonceLength), encodeRing(ring), utf8(header))
  return utf8(JSON.stringify({ magic: 'backup-slot', version: 1, header, sealed: base64(sealed) }))
}

/** @throws `corrupt` when it is not a slot; `unsupported` for a newer version or suite. */
export function decodeSlot(bytes: Uint8Array): Slot {
  checkClearLength(bytes, 'key slot')
  const outer = readFields(bytes, 'key slot')
  if (outer.text('magic') !== 'backup-slot') throw outer.fail('magic', '"backup-slot"')
  const version = outer.number('version')
  if (version !== 1) throw new BackupError('unsupported', `A key slot has version ${version}, which this version does not know.`)
  const header = outer.text('header')
  const fields = parseFields(header, 'key slot header')
  const kind = fields.text('kind')
  if (!/^[a-z][a-z0-9-]*$/.test(kind)) throw fields.fail('kind', 'a lower-case word')
  const kdf = fields.object('kdf')
  const parameters = Object.entries(kdf.raw()).filter(([, value]) => ['string', 'number'].includes(typeof value))
  const suite = fields.number('suite')
  if (suite !== 1 && suite !== 2) throw new BackupError('unsupported', `A key slot has cipher suite ${suite}, which this version does not know.`)
  return {
    repository: unhex(fields.text('repository'), 16),
    kind,
    kdf: { ...(Object.fromEntries(parameters) as Record<string, string | number>), name: kdf.text('name') },
    suite,
    salt: readBytes(fields.text('salt')),
    check: readBytes(fields.text('check')),
    created: readTime(fields, 'created'),
    header,
    sealed: unbase64(outer.text('sealed')),
  }
}

/**
 * The key ring, if the provider's secret is the right one for this slot.
 *
 * @returns `undefined` when the secret is wrong.
 * @throws `corrupt` when the secret is right and the slot is damaged.
 */
export async function openSlot(slot: Slot, provider: KeyProvider, context: KeyContext): Promise<KeyRing | undefined> {
  const { crypto } = context
  const key = await provider.derive(slot.kdf, context)
  if (!equalBytes(crypto.hkdf(key, slot.salt, checkInfo), slot.check)) return undefined
  const aead = crypto.aead(slot.suite, crypto.hkdf(key, slot.salt, keyInfo))
  const ring = decodeRing(await aead.open(new Uint8Array(aead.nonceLength), slot.sealed, utf8(slot.header)))
  if (equalBytes(ring.repository, slot.repository)) return ring
  throw new BackupError('corrupt', 'A key slot holds the keys of another repository.')
}

function readBytes(text: string): Uint8Array {
  const bytes = unbase64(text)
  if (bytes.length === 32) return bytes
  throw new BackupError('corrupt', `A key slot has a field of ${bytes.length} bytes instead of 32.`)
}
