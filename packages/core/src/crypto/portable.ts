import { argon2idAsync } from '@noble/hashes/argon2.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { pbkdf2Async } from '@noble/hashes/pbkdf2.js'
import { scryptAsync } from '@noble/hashes/scrypt.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Crypto } from '../contract/runtime.ts'
import { deriving } from './deriving.ts'
import { checkArgon2, checkPbkdf2, checkScrypt } from './kdf-limits.ts'
import { portableAead } from './portable-aead.ts'
import { keyLength } from './suites.ts'
import { randomBytes, unshared, webCrypto } from './web-crypto.ts'

/**
 * Cryptography for every runtime: audited JavaScript (`@noble`), and WebCrypto for what it can do as well.
 *
 * Key derivations yield to the event loop every 10 ms. Where a derivation needs more memory than a typed
 * array can have, it fails with `unsupported`.
 */
export const portableCrypto: Crypto = {
  random: randomBytes,
  sha256: (bytes) => sha256(bytes),
  sha256Into(bytes, out, at, length) {
    out.set(sha256(bytes).subarray(0, length), at)
  },
  sha256Stream() {
    const hash = sha256.create()
    return {
      update(bytes) {
        hash.update(bytes)
      },
      digest: () => hash.digest(),
    }
  },
  hkdf: (ikm, salt, info) => hkdf(sha256, ikm, salt, info, keyLength),
  aead: portableAead,
  async argon2id(secret, salt, cost) {
    checkArgon2(cost)
    const { memoryKiB, passes, lanes } = cost
    const options = { m: memoryKiB, t: passes, p: lanes, dkLen: keyLength, maxmem: noLimit }
    return deriving('argon2id', () => argon2idAsync(secret, salt, options))
  },
  async scrypt(secret, salt, cost) {
    checkScrypt(cost)
    const options = { N: cost.cost, r: cost.blockSize, p: cost.parallel, dkLen: keyLength, maxmem: noLimit }
    return deriving('scrypt', () => scryptAsync(secret, salt, options))
  },
  async pbkdf2(secret, salt, iterations) {
    checkPbkdf2(iterations)
    return deriving('pbkdf2-sha256', () => pbkdf2(secret, salt, iterations))
  },
}

/** The library's own limit is half of what kdf-limits.ts lets through. */
const noLimit = 2 ** 32 - 1

async function pbkdf2(secret: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const subtle = webCrypto()?.subtle
  if (!subtle) return pbkdf2Async(sha256, secret, salt, { c: iterations, dkLen: keyLength })
  const key = await subtle.importKey('raw', unshared(secret), 'PBKDF2', false, ['deriveBits'])
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: unshared(salt), iterations } as const
  return new Uint8Array(await subtle.deriveBits(parameters, key, keyLength * 8))
}
