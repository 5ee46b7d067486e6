import type { KdfParameters, KeyProvider } from '../../src/contract/key.ts'
import { passphrase } from '../../src/crypto/keys/passphrase.ts'
import { rawKey } from '../../src/crypto/keys/raw-key.ts'
import { formatRecoveryCode, recoveryCode } from '../../src/crypto/keys/recovery-code.ts'
import { encodeRing } from '../../src/format/ring.ts'
import { createSlot, decodeSlot } from '../../src/format/slot.ts'
import { fromUtf8, hex, utf8 } from '../../src/format/text.ts'
import type { Kit } from './kit.ts'
import { madeAt } from './kit.ts'

/** Vectors for FORMAT.md §5. */
export interface KeyVectors {
  readonly recoveryCodes: {
    readonly about: string
    readonly cases: readonly { bytes: string; printed: string; typed: string }[]
  }
  readonly derivations: { readonly about: string; readonly cases: readonly Derivation[] }
  readonly ring: { readonly about: string; readonly json: string }
  readonly slots: { readonly about: string; readonly cases: readonly SlotVector[] }
}

/** `secret` is text for passphrases and codes, and hex for raw keys. */
interface Derivation {
  readonly secret: string
  readonly kdf: KdfParameters
  readonly kek: string
}

export interface SlotVector {
  readonly kind: 'passphrase' | 'raw' | 'recovery'
  readonly secret: string
  readonly kek: string
  /** The key that seals the ring. */
  readonly key: string
  readonly json: string
}

/** The ligature is one character that NFKC makes two, and the accent is two that it makes one. */
const secretWords = '\uFB01ne cafe\u0301, 4 words'

export async function keyVectors(kit: Kit): Promise<KeyVectors> {
  const { crypto, ring } = kit
  const context = { crypto, repository: ring.repository }
  const code = crypto.random(20)
  const printed = formatRecoveryCode(code)
  const raw = crypto.random(32)

  const secrets: readonly (readonly [secret: string, provider: KeyProvider])[] = [
    [secretWords, passphrase(secretWords, { memoryKiB: 64, passes: 2, lanes: 2 })],
    [secretWords, passphrase(secretWords, { kdf: 'scrypt', cost: 16, blockSize: 2, parallel: 3 })],
    [secretWords, passphrase(secretWords, { kdf: 'pbkdf2-sha256', iterations: 10 })],
    [hex(raw), rawKey(raw)],
    [printed, recoveryCode(printed)],
  ]
  const derivations: Derivation[] = []
  const slots: SlotVector[] = []
  for (const [secret, provider] of secrets) {
    const slot = await createSlot(provider, ring, context, madeAt)
    const { kdf, salt } = decodeSlot(slot)
    const kek = await provider.derive(kdf, context)
    derivations.push({ secret, kdf, kek: hex(kek) })
    // One passphrase slot is enough for a repository.
    if (kdf.name === 'scrypt' || kdf.name === 'pbkdf2-sha256') continue
    const key = crypto.hkdf(kek, salt, utf8('backup/1/slot-key'))
    const kind = provider.slotKind as SlotVector['kind']
    slots.push({ kind, secret, kek: hex(kek), key: hex(key), json: fromUtf8(slot) })
  }
  return {
    recoveryCodes: {
      about: '§5.4: the bytes of a code, how it is printed, and how somebody may type it.',
      cases: [
        {
          bytes: hex(code),
          printed,
          typed: printed.toUpperCase().replaceAll('-', ' ').replaceAll('1', 'l').replaceAll('0', 'O'),
        },
        {
          bytes: '00'.repeat(20),
          printed: formatRecoveryCode(new Uint8Array(20)),
          typed: formatRecoveryCode(new Uint8Array(20)),
        },
        {
          bytes: 'ff'.repeat(20),
          printed: formatRecoveryCode(new Uint8Array(20).fill(255)),
          typed: formatRecoveryCode(new Uint8Array(20).fill(255)),
        },
      ],
    },
    derivations: {
      about: '§5.2: from a secret (text; a raw key in hex) to a KEK. The parameters are weak, to be quick.',
      cases: derivations,
    },
    ring: { about: '§5.3: the ring that all slots hold, byte for byte.', json: fromUtf8(encodeRing(ring)) },
    slots: {
      about: '§5.1: slots as they are stored, their KEKs, and the keys that seal the ring.',
      cases: slots,
    },
  }
}
