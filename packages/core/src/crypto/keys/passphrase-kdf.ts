import type { Argon2Cost, Crypto, ScryptCost } from '../../contract/runtime.ts'
import { BackupError } from '../../errors.ts'
import { type LimitKind, checkArgon2, checkPbkdf2, checkScrypt } from '../kdf-limits.ts'

/** A way from a passphrase to a key, with the numbers that a slot stores beside the salt. */
export interface PassphraseKdf {
  readonly fields: readonly string[]
  /**
   * The numbers to store: those chosen, defaults for the others. @throws `config` for numbers out of bounds.
   */
  choose(chosen: Readonly<Record<string, unknown>>): Readonly<Record<string, number>>
  /**
   * @throws `corrupt` when a number is missing from what was stored, `unsupported` when one is out of bounds.
   */
  derive(
    crypto: Crypto,
    secret: Uint8Array,
    salt: Uint8Array,
    stored: Readonly<Record<string, unknown>>,
  ): Promise<Uint8Array>
}

export type PassphraseKdfName = 'argon2id' | 'scrypt' | 'pbkdf2-sha256'

/** Defaults: RFC 9106 §4, second recommended option; OWASP Password Storage Cheat Sheet for the other two. */
export const passphraseKdfs: Readonly<Record<PassphraseKdfName, PassphraseKdf>> = {
  argon2id: kdf<Argon2Cost>(
    { memoryKiB: 65_536, passes: 3, lanes: 4 },
    checkArgon2,
    (crypto, secret, salt, cost) => crypto.argon2id(secret, salt, cost),
  ),
  scrypt: kdf<ScryptCost>(
    { cost: 131_072, blockSize: 8, parallel: 1 },
    checkScrypt,
    (crypto, secret, salt, cost) => crypto.scrypt(secret, salt, cost),
  ),
  'pbkdf2-sha256': kdf<{ iterations: number }>(
    { iterations: 600_000 },
    ({ iterations }, kind) => checkPbkdf2(iterations, kind),
    (crypto, secret, salt, { iterations }) => crypto.pbkdf2(secret, salt, iterations),
  ),
}

export function isPassphraseKdf(name: string): name is PassphraseKdfName {
  return Object.hasOwn(passphraseKdfs, name)
}

type Numbers<Cost> = Readonly<Record<keyof Cost & string, number>>

function kdf<Cost>(
  defaults: Numbers<Cost>,
  check: (cost: Numbers<Cost>, kind: LimitKind) => void,
  run: (crypto: Crypto, secret: Uint8Array, salt: Uint8Array, cost: Numbers<Cost>) => Promise<Uint8Array>,
): PassphraseKdf {
  const fields = Object.keys(defaults) as (keyof Cost & string)[]
  const pick = (from: Readonly<Record<string, unknown>>): Numbers<Cost> =>
    Object.fromEntries(fields.map((field) => [field, from[field]])) as Numbers<Cost>
  return {
    fields,
    choose(chosen) {
      const cost = pick({ ...defaults, ...chosen })
      check(cost, 'config')
      return cost
    },
    derive(crypto, secret, salt, stored) {
      const missing = fields.find((field) => typeof stored[field] !== 'number')
      if (missing !== undefined) {
        throw new BackupError('corrupt', `A slot's key derivation has no number "${missing}".`)
      }
      const cost = pick(stored)
      check(cost, 'unsupported')
      return run(crypto, secret, salt, cost)
    },
  }
}
