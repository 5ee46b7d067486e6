import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, otherwise, verdict } from '../../test/strict-decoder.ts'
import type { KeyProvider } from '../contract/key.ts'
import { passphrase } from '../crypto/keys/passphrase.ts'
import { rawKey } from '../crypto/keys/raw-key.ts'
import { formatRecoveryCode, parseRecoveryCode, recoveryCode } from '../crypto/keys/recovery-code.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { createRing, decodeRing } from './ring.ts'
import { createSlot, decodeSlot, openSlot } from './slot.ts'
import { base64, fromUtf8, hex, unbase64, unhex, utf8 } from './text.ts'

const vectors = readVectors()
const repository = unhex(vectors.repositoryId, 16)
const context = { crypto: nodeCrypto, repository }
const goldenRing = decodeRing(utf8(vectors.ring.json))
const now = new Date('2031-04-05T06:07:08.090Z')
const providers: Readonly<
  Record<(typeof vectors.slots.cases)[number]['kind'], (secret: string) => KeyProvider>
> = {
  passphrase: (secret) => passphrase(secret),
  raw: (secret) => rawKey(unhex(secret, 32)),
  recovery: recoveryCode,
}

describe.each([
  ['portable', portableCrypto],
  ['node', nodeCrypto],
])('with cryptography of %s,', (_, crypto) => {
  test.each(vectors.slots.cases)('the $kind slot of the vectors opens', async ({ kind, secret, json }) => {
    const slot = decodeSlot(utf8(json))
    expect(slot.kind).toBe(kind)
    expect(await openSlot(slot, providers[kind](secret), { crypto, repository })).toEqual(goldenRing)
  })

  test.each(vectors.derivations.cases)(
    'a secret becomes a key as in the vectors: $kdf.name',
    async ({ secret, kdf, kek }) => {
      const kind = kdf.name === 'raw' || kdf.name === 'recovery' ? kdf.name : 'passphrase'
      expect(hex(await providers[kind](secret).derive(kdf, { crypto, repository }))).toBe(kek)
    },
  )

  test.each([1, 2] as const)(
    'a slot under suite %i opens with its secret, and with no other',
    async (suite) => {
      const ring = createRing(crypto, suite, now)
      const own = { crypto, repository: ring.repository }
      const bytes = await createSlot(rawKey(new Uint8Array(32).fill(1)), ring, own, now)
      expect(await openSlot(decodeSlot(bytes), rawKey(new Uint8Array(32).fill(1)), own)).toEqual(ring)
      expect(await openSlot(decodeSlot(bytes), rawKey(new Uint8Array(32).fill(2)), own)).toBeUndefined()
    },
  )
})

test.each(vectors.recoveryCodes.cases)(
  'a recovery code is printed and read as in the vectors: $printed',
  ({ bytes, printed, typed }) => {
    expect(formatRecoveryCode(unhex(bytes, 20))).toBe(printed)
    expect(hex(parseRecoveryCode(printed))).toBe(bytes)
    expect(hex(parseRecoveryCode(typed))).toBe(bytes)
  },
)

test('two slots of one secret share neither salts nor bytes of the seal', async () => {
  const [one, other] = [await makeSlot(), await makeSlot()]
  expect(one.salt).not.toEqual(other.salt)
  expect(one.check).not.toEqual(other.check)
  expect(one.sealed.subarray(0, 16)).not.toEqual(other.sealed.subarray(0, 16))
})

describe('a slot whose secret is right is damaged when', () => {
  const secret = rawKey(new Uint8Array(32).fill(1))

  test.each<[string, (outer: { header: string; sealed: string }) => void]>([
    [
      'one bit of the seal is another',
      (outer) =>
        (outer.sealed = base64(unbase64(outer.sealed).map((byte, at) => (at === 3 ? byte ^ 1 : byte)))),
    ],
    ['the seal is empty', (outer) => (outer.sealed = '')],
    ['its header is written in another way', (outer) => (outer.header = outer.header.replace('{', '{ '))],
    ['its header names another time', (outer) => (outer.header = outer.header.replace('2031', '2032'))],
    [
      'its header names another suite',
      (outer) => (outer.header = outer.header.replace('"suite":1', '"suite":2')),
    ],
  ])('%s', async (_, damage) => {
    const outer = JSON.parse(fromUtf8(await createSlot(secret, goldenRing, context, now))) as {
      header: string
      sealed: string
    }
    const before = JSON.stringify(outer)
    damage(outer)
    expect(JSON.stringify(outer)).not.toBe(before)
    await expect(openSlot(decodeSlot(json(outer)), secret, context)).rejects.toMatchObject({
      kind: 'corrupt',
    })
  })

  test('it holds the keys of another repository', async () => {
    const other = { ...goldenRing, repository: new Uint8Array(16) }
    const slot = decodeSlot(await createSlot(secret, other, context, now))
    await expect(openSlot({ ...slot, repository }, secret, context)).rejects.toMatchObject({
      kind: 'corrupt',
      message: expect.stringContaining('another repository'),
    })
  })
})

describe('a slot is refused with', () => {
  const outer = JSON.parse(vectors.slots.cases[0]!.json) as { header: string }
  const header = JSON.parse(outer.header) as Record<string, unknown> & { kdf: object }
  const withHeader = (change: object): Uint8Array =>
    json({ ...outer, header: JSON.stringify({ ...header, ...change }) })

  test.each<[string, Uint8Array, string]>([
    ['another magic', json({ ...outer, magic: 'backup-slots' }), 'magic'],
    ['a header that is no text', json({ ...outer, header }), 'header'],
    ['a header that is no JSON', json({ ...outer, header: 'x' }), 'JSON'],
    ['a kind in capitals', withHeader({ kind: 'Raw' }), 'kind'],
    ['a derivation without a name', withHeader({ kdf: {} }), 'name'],
    ['a derivation that is a text', withHeader({ kdf: 'argon2id' }), 'kdf'],
    ['a salt of 31 bytes', withHeader({ salt: base64(new Uint8Array(31)) }), '31 bytes'],
    ['a check of 33 bytes', withHeader({ check: base64(new Uint8Array(33)) }), '33 bytes'],
    ['a salt that is not base64', withHeader({ salt: 'x' }), 'base64'],
    ['a repository id that is too long', withHeader({ repository: '00'.repeat(17) }), 'hex'],
    ['no time', withHeader({ created: 1 }), 'created'],
    [
      'more than 1 MiB',
      Uint8Array.from([...json(outer), ...new Uint8Array(1024 * 1024).fill(32)]),
      '1048576',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeSlot(bytes)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test.each<[string, Uint8Array, string]>([
    ['a newer version', json({ ...outer, version: 2 }), 'version 2'],
    ['a suite that nobody knows', withHeader({ suite: 3 }), 'suite 3'],
  ])('%s, which is named', (_, bytes, message) => {
    expect(() => decodeSlot(bytes)).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining(message) }),
    )
  })

  test('a derivation that nobody could afford, before any work', async () => {
    const slot = decodeSlot(withHeader({ kdf: { ...header.kdf, memoryKiB: 2 ** 32 } }))
    const startedAt = performance.now()
    await expect(openSlot(slot, passphrase('any'), context)).rejects.toMatchObject({
      kind: 'unsupported',
      message: expect.stringContaining('memoryKiB'),
    })
    expect(performance.now() - startedAt).toBeLessThan(30_000)
  })
})

test('of a derivation only texts and numbers reach a key provider', () => {
  const outer = JSON.parse(vectors.slots.cases[1]!.json) as { header: string }
  const header = JSON.parse(outer.header) as object
  const kdf = { name: 'own', number: 1, text: 'a', list: [1], object: {}, none: null, flag: true }
  expect(decodeSlot(json({ ...outer, header: JSON.stringify({ ...header, kdf }) })).kdf).toEqual({
    name: 'own',
    number: 1,
    text: 'a',
  })
})

test('damage never opens a slot to another ring: it is refused, or the secret is wrong', async () => {
  const secret = rawKey(new Uint8Array(32).fill(1))
  const bytes = await createSlot(secret, createRing(nodeCrypto, 1, now), context, now)
  const right = await openSlot(decodeSlot(bytes), secret, context)
  let wrongSecret = 0
  let otherRing = 0
  const decode = async (damaged: Uint8Array): Promise<void> => {
    const ring = await openSlot(decodeSlot(damaged), secret, context)
    if (!ring) wrongSecret++
    else if (!isDeepStrictEqual(ring, right)) otherRing++
  }
  const { refused } = await damageEverywhere({ decode }, bytes)
  expect(refused).toBeGreaterThan(1000)
  expect(wrongSecret).toBeGreaterThan(100)
  expect(otherRing).toBe(0)
})

test('whatever stands in place of a part, the slot is taken or refused', async () => {
  const outer = JSON.parse(vectors.slots.cases[0]!.json) as { header: string }
  let refused = 0
  const look = async (value: unknown): Promise<void> => {
    if ((await verdict({ decode: decodeSlot }, json(value))) !== 'taken') refused++
  }
  for (const other of otherwise(outer)) await look(other)
  for (const header of otherwise(JSON.parse(outer.header)))
    await look({ ...outer, header: JSON.stringify(header) })
  expect(refused).toBeGreaterThan(100)
})

test('whatever the parameters of a derivation say, a passphrase is tried or refused', async () => {
  const numbers = fc.oneof(fc.integer({ min: -2, max: 20 }), fc.constantFrom(0.5, 2 ** 31, 2 ** 53, 1e300))
  const kdfs = fc.oneof(
    fc.record({
      name: fc.constant('argon2id'),
      memoryKiB: fc.oneof(numbers, fc.constant(64)),
      passes: numbers,
      lanes: numbers,
      salt: fc.constant(base64(new Uint8Array(16))),
    }),
    fc.record({
      name: fc.constant('scrypt'),
      cost: fc.oneof(numbers, fc.constant(16)),
      blockSize: numbers,
      parallel: numbers,
      salt: fc.base64String(),
    }),
    fc.record({
      name: fc.constant('pbkdf2-sha256'),
      iterations: fc.integer({ min: -1, max: 5 }),
      salt: fc.base64String(),
    }),
    fc.record({ name: fc.string() }),
  )
  await fc.assert(
    fc.asyncProperty(kdfs, async (kdf) => {
      const decode = async (): Promise<Uint8Array> => passphrase('any').derive(kdf, context)
      expect(await verdict({ decode }, new Uint8Array(0))).toMatch(/taken|corrupt|unsupported/)
    }),
    { numRuns: 300 },
  )
})

async function makeSlot(): Promise<ReturnType<typeof decodeSlot>> {
  return decodeSlot(await createSlot(rawKey(new Uint8Array(32).fill(1)), goldenRing, context, now))
}

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value))
}
