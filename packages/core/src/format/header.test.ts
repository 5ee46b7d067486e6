import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, verdict } from '../../test/strict-decoder.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { nodeCrypto } from '../node/crypto.ts'
import {
  type ObjectHeader,
  decodeHeader,
  encodeHeader,
  headerLength,
  objectKey,
  segmentNonce,
} from './header.ts'
import { hex, unhex } from './text.ts'

const decoder = { decode: decodeHeader, encode: encodeHeader }
const { objectKeys } = readVectors()
const valid = unhex(objectKeys.cases[0]!.header, headerLength)

const headers: fc.Arbitrary<ObjectHeader> = fc.record({
  kind: fc.constantFrom('pack', 'commit', 'index', 'check', 'session', 'tomb', 'trash', 'hold', 'audit'),
  suite: fc.constantFrom(1, 2),
  epoch: fc.nat({ max: 0xffff_ffff }),
  repository: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  salt: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})

test('every header comes back from its 64 bytes', () => {
  fc.assert(
    fc.property(headers, (header) => {
      const bytes = encodeHeader(header)
      expect(bytes.length).toBe(headerLength)
      expect(decodeHeader(bytes)).toEqual(header)
    }),
  )
})

test.each(objectKeys.cases)(
  'the header of a $kind under suite $suite is that of the vectors',
  ({ header, salt, kind, suite, epoch }) => {
    const repository = unhex(readVectors().repositoryId, 16)
    expect(hex(encodeHeader({ kind, suite, epoch, repository, salt: unhex(salt, 32) }))).toBe(header)
  },
)

test.each([
  ['portable', portableCrypto],
  ['node', nodeCrypto],
])('the keys of objects are those of the vectors, made by %s', (_, crypto) => {
  for (const { root, header, key } of objectKeys.cases) {
    expect(hex(objectKey(crypto, unhex(root, 32), unhex(header, headerLength)))).toBe(key)
  }
})

test('whatever the header says goes into the key', () => {
  const root = new Uint8Array(32).fill(1)
  const keys = new Set<string>()
  for (let at = 0; at < headerLength; at++) {
    const other = valid.slice()
    other[at]! ^= 1
    keys.add(hex(objectKey(portableCrypto, root, other)))
  }
  expect(keys.size).toBe(headerLength)
})

test('a nonce is zero but for the ordinal at its end', () => {
  expect(hex(segmentNonce(12, 0x0102_0304))).toBe(`${'00'.repeat(8)}04030201`)
  expect(hex(segmentNonce(24, 0xffff_ffff))).toBe(`${'00'.repeat(20)}ffffffff`)
})

describe('what this version does not know is named:', () => {
  test.each([
    ['magic', 0, 0x62, 'corrupt', 'BKUP'],
    ['version', 4, 2, 'unsupported', 'version 2'],
    ['kind', 5, 0, 'unsupported', 'kind 0'],
    ['kind', 5, 10, 'unsupported', 'kind 10'],
    ['suite', 6, 0, 'unsupported', 'suite 0'],
    ['suite', 6, 3, 'unsupported', 'suite 3'],
    ['wrap', 7, 1, 'unsupported', 'wrap 1'],
    ['key label', 12, 1, 'unsupported', 'label 1'],
    ['key label', 15, 1, 'unsupported', 'label 16777216'],
  ])('%s at %i is %i', (_, at, value, kind, message) => {
    const bytes = valid.slice()
    bytes[at] = value
    expect(() => decodeHeader(bytes)).toThrow(
      expect.objectContaining({ kind, message: expect.stringContaining(message) }),
    )
  })
})

test('damage is refused, or changes what the header says: there is one spelling for each', async () => {
  const { taken, refused } = await damageEverywhere({ decode: wholeHeader, encode: encodeHeader }, valid)
  // Epoch, repository and salt may be anything; only the seal tells.
  expect(taken).toBeGreaterThanOrEqual((4 + 16 + 32) * 8)
  expect(refused).toBeGreaterThan(80)
})

test('random bytes are no header', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 80 }), async (bytes) => {
      expect(await verdict(decoder, bytes)).not.toBe('taken')
    }),
  )
})

/** Objects may go on behind their header; what is spelled here does not. */
function wholeHeader(bytes: Uint8Array): ObjectHeader {
  return decodeHeader(bytes.length > headerLength ? new Uint8Array(0) : bytes)
}
