import { argon2id as nobleArgon2id } from '@noble/hashes/argon2.js'
import { describe, expect, test, vi } from 'vitest'
import type { Crypto } from '../contract/runtime.ts'
import { hchacha20 } from '../crypto/hchacha20.ts'
import { portableCrypto } from '../crypto/portable.ts'
import {
  aeadVectors,
  argon2Vectors,
  hchachaVector,
  hkdfVectors,
  pbkdf2Vectors,
  scryptVectors,
  sha256Vectors,
} from '../testing/vectors/crypto-vectors.ts'
import { nodeCrypto } from './crypto.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const unhex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'))
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** As on a page that was not loaded over HTTPS. */
function withoutSubtle<T>(run: () => T): T {
  vi.stubGlobal('crypto', {})
  try {
    return run()
  } finally {
    vi.unstubAllGlobals()
  }
}

const bareCrypto: Crypto = {
  ...portableCrypto,
  aead: (suite, key) => withoutSubtle(() => portableCrypto.aead(suite, key)),
  pbkdf2: (secret, salt, iterations) => withoutSubtle(() => portableCrypto.pbkdf2(secret, salt, iterations)),
}

describe.each([
  ['node', nodeCrypto],
  ['portable', portableCrypto],
])('the %s cryptography gives the known answers of', (_, crypto) => {
  test.each(sha256Vectors)('SHA-256, $source', ({ input, repeat = 1, hash }) => {
    const bytes = ascii(input.repeat(repeat))
    expect(hex(crypto.sha256(bytes))).toBe(hash)
    const stream = crypto.sha256Stream()
    for (let at = 0; at < bytes.length; at += 777) stream.update(bytes.subarray(at, at + 777))
    expect(hex(stream.digest())).toBe(hash)
  })

  test.each(hkdfVectors)('HKDF, $source', ({ ikm, salt, info, output }) => {
    expect(hex(crypto.hkdf(unhex(ikm), unhex(salt), unhex(info)))).toBe(output)
  })

  test.each(argon2Vectors)('Argon2id, $cost', async ({ secret, salt, cost, output }) => {
    expect(hex(await crypto.argon2id(ascii(secret), ascii(salt), cost))).toBe(output)
  })

  test.each(scryptVectors)('scrypt, $cost', async ({ secret, salt, cost, output }) => {
    expect(hex(await crypto.scrypt(ascii(secret), ascii(salt), cost))).toBe(output)
  })
})

describe.each([
  ['node', nodeCrypto],
  ['portable', portableCrypto],
  ['portable', bareCrypto],
])('with and without WebCrypto, the %s cryptography gives the known answers of', (_, crypto) => {
  test.each(aeadVectors)(
    'AEAD, $source',
    async ({ suite, key, nonce, associated, plain, ciphertext, tag }) => {
      const aead = crypto.aead(suite, unhex(key))
      expect(aead.nonceLength).toBe(nonce.length / 2)
      expect(hex(await aead.seal(unhex(nonce), unhex(plain), unhex(associated)))).toBe(ciphertext + tag)
      expect(hex(await aead.open(unhex(nonce), unhex(ciphertext + tag), unhex(associated)))).toBe(plain)
    },
  )

  test.each(pbkdf2Vectors)('PBKDF2, $source', async ({ secret, salt, iterations, output }) => {
    expect(hex(await crypto.pbkdf2(ascii(secret), ascii(salt), iterations))).toBe(output)
  })
})

test('without any source of random numbers, none are made up', () => {
  vi.stubGlobal('crypto', undefined)
  try {
    expect(() => portableCrypto.random(8)).toThrow(expect.objectContaining({ kind: 'unsupported' }))
  } finally {
    vi.unstubAllGlobals()
  }
})

test('HChaCha20 gives the known answer of its draft', () => {
  expect(hex(hchacha20(unhex(hchachaVector.key), unhex(hchachaVector.nonce)))).toBe(hchachaVector.output)
})

test('the library below the portable Argon2id gives the known answer of RFC 9106 §5.3', () => {
  const output = nobleArgon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), {
    key: new Uint8Array(8).fill(3),
    personalization: new Uint8Array(12).fill(4),
    m: 32,
    t: 3,
    p: 4,
    dkLen: 32,
  })
  expect(hex(output)).toBe('0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659')
})
