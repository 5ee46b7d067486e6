import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Crypto } from '../contract/runtime.ts'
import type { SuiteId } from '../contract/suite.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { nodeCrypto } from './crypto.ts'

const both: [string, Crypto][] = [
  ['node', nodeCrypto],
  ['portable', portableCrypto],
]
const bytes = fc.uint8Array({ maxLength: 300 })
const kindOf = async (run: () => Promise<unknown>): Promise<unknown> =>
  run().then(
    () => 'accepted',
    (error: { kind?: string }) => error.kind,
  )

describe.each<[string, SuiteId, number]>([
  ['AES-256-GCM', 1, 12],
  ['XChaCha20-Poly1305', 2, 24],
])('%s', (_, suite, nonceLength) => {
  test('is the same on both runtimes, for any input', async () => {
    const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
    const nonce = fc.uint8Array({ minLength: nonceLength, maxLength: nonceLength })
    await fc.assert(
      fc.asyncProperty(key, nonce, bytes, bytes, async (ownKey, ownNonce, plain, associated) => {
        const [native, portable] = [nodeCrypto.aead(suite, ownKey), portableCrypto.aead(suite, ownKey)]
        const sealed = await native.seal(ownNonce, plain, associated)
        expect(await portable.seal(ownNonce, plain, associated)).toEqual(sealed)
        expect(await portable.open(ownNonce, sealed, associated)).toEqual(plain)
        expect(await native.open(ownNonce, sealed, associated)).toEqual(plain)
      }),
      { numRuns: 200 },
    )
  })

  test('is the same for a whole segment, also in memory that threads share', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(1_048_576))
    shared.set(seededRandom(7).bytes(1_048_576))
    const [key, nonce] = [new Uint8Array(32).fill(1), new Uint8Array(nonceLength).fill(2)]
    const header = new Uint8Array(new SharedArrayBuffer(80)).fill(3)
    const sealed = await nodeCrypto.aead(suite, key).seal(nonce, shared, header)
    const again = await portableCrypto.aead(suite, key).seal(nonce, shared, header)
    expect(Buffer.compare(sealed, again)).toBe(0)
    const opened = await portableCrypto.aead(suite, key).open(nonce, sealed, header)
    expect(Buffer.compare(opened, shared)).toBe(0)
  })
})

describe('hashes and key derivation', () => {
  test('are the same on both runtimes, for any input', () => {
    fc.assert(
      fc.property(bytes, bytes, bytes, (one, two, three) => {
        expect(portableCrypto.sha256(one)).toEqual(nodeCrypto.sha256(one))
        expect(portableCrypto.hkdf(one, two, three)).toEqual(nodeCrypto.hkdf(one, two, three))
      }),
    )
  })

  test('are the same on both runtimes, for slow derivations', async () => {
    const secret = new TextEncoder().encode('correct horse')
    const salt = seededRandom(3).bytes(16)
    for (const cost of [
      { memoryKiB: 32, passes: 3, lanes: 4 },
      { memoryKiB: 1000, passes: 1, lanes: 3 },
    ]) {
      expect(await portableCrypto.argon2id(secret, salt, cost)).toEqual(
        await nodeCrypto.argon2id(secret, salt, cost),
      )
    }
    for (const cost of [
      { cost: 2, blockSize: 1, parallel: 1 },
      { cost: 256, blockSize: 16, parallel: 3 },
    ]) {
      expect(await portableCrypto.scrypt(secret, salt, cost)).toEqual(
        await nodeCrypto.scrypt(secret, salt, cost),
      )
    }
    expect(await portableCrypto.pbkdf2(secret, salt, 77)).toEqual(await nodeCrypto.pbkdf2(secret, salt, 77))
  })

  test.each(both)('refuse numbers beyond the limits of the format on %s', async (_, crypto) => {
    const [secret, salt] = [new Uint8Array(8), new Uint8Array(16)]
    const costs = { memoryKiB: 64, passes: 1, lanes: 1 }
    expect(await kindOf(() => crypto.argon2id(secret, salt, { ...costs, passes: 101 }))).toBe('unsupported')
    expect(await kindOf(() => crypto.argon2id(secret, salt, { ...costs, memoryKiB: 2 ** 22 + 1 }))).toBe(
      'unsupported',
    )
    expect(await kindOf(() => crypto.scrypt(secret, salt, { cost: 3, blockSize: 8, parallel: 1 }))).toBe(
      'unsupported',
    )
    expect(await kindOf(() => crypto.pbkdf2(secret, salt, 100_000_001))).toBe('unsupported')
    expect(await kindOf(() => crypto.argon2id(secret, salt, costs))).toBe('accepted')
  })

  test('let the event loop live while plain JavaScript derives a key', async () => {
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    const started = performance.now()
    await portableCrypto.argon2id(new Uint8Array(8), new Uint8Array(16), {
      memoryKiB: 16_384,
      passes: 1,
      lanes: 1,
    })
    clearInterval(timer)
    expect(performance.now() - started).toBeGreaterThan(30)
    expect(turns).toBeGreaterThan(1)
  })
})

describe.each(both)('the %s cryptography', (_, crypto) => {
  test('gives random bytes of any length', () => {
    expect(crypto.random(0)).toHaveLength(0)
    const many = crypto.random(200_000)
    expect(many).toHaveLength(200_000)
    // Every piece is filled: 64 zeros in a row would be a wonder.
    for (let at = 0; at < many.length; at += 64) {
      expect(many.subarray(at, at + 64).some((byte) => byte !== 0)).toBe(true)
    }
    expect(crypto.random(32)).not.toEqual(crypto.random(32))
  })

  test('returns arrays whose slice is a copy', async () => {
    const aead = crypto.aead(1, new Uint8Array(32))
    const sealed = await aead.seal(new Uint8Array(12), new Uint8Array(9), new Uint8Array(0))
    const results = [
      crypto.random(8),
      crypto.sha256(new Uint8Array(3)),
      crypto.sha256Stream().digest(),
      crypto.hkdf(new Uint8Array(3), new Uint8Array(3), new Uint8Array(3)),
      await crypto.scrypt(new Uint8Array(3), new Uint8Array(16), { cost: 2, blockSize: 1, parallel: 1 }),
      sealed,
      await aead.open(new Uint8Array(12), sealed, new Uint8Array(0)),
      await crypto.aead(2, new Uint8Array(32)).seal(new Uint8Array(24), new Uint8Array(9), new Uint8Array(0)),
    ]
    for (const result of results) expect(Object.getPrototypeOf(result)).toBe(Uint8Array.prototype)
  })
})
