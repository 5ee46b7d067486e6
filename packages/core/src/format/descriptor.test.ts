import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere } from '../../test/strict-decoder.ts'
import {
  type Descriptor,
  decodeDescriptor,
  descriptorLength,
  encodeDescriptor,
  maxPlainLength,
  tailOrdinal,
} from './descriptor.ts'
import { hex, unhex } from './text.ts'

const { cases } = readVectors().descriptors
const data = unhex(cases[0]!.bytes, descriptorLength)
const tail = unhex(cases[2]!.bytes, descriptorLength)

const stored = fc.integer({ min: 17, max: 0xffff_ffff })
const codec = fc.constantFrom(0, 1, 2, 3, 4)
const descriptors: fc.Arbitrary<Descriptor> = fc.oneof(
  fc.record({
    ordinal: fc.nat({ max: tailOrdinal - 1 }),
    role: fc.constantFrom(1, 2),
    codec,
    padded: fc.constant(false),
    uniform: fc.boolean(),
    deltas: fc.boolean(),
    plainLength: fc.integer({ min: 1, max: maxPlainLength }),
    storedLength: stored,
  }),
  fc.record({
    ordinal: fc.constant(tailOrdinal),
    role: fc.constantFrom(3, 4),
    codec,
    padded: fc.constant(true),
    uniform: fc.constant(false),
    deltas: fc.constant(false),
    plainLength: fc.constant(0),
    storedLength: stored,
  }),
)

test('every descriptor comes back from its 16 bytes', () => {
  fc.assert(
    fc.property(descriptors, (descriptor) => {
      expect(decodeDescriptor(encodeDescriptor(descriptor))).toEqual(descriptor)
    }),
  )
})

test.each(cases)('one of role $role is that of the vectors', ({ bytes, ...descriptor }) => {
  expect(hex(encodeDescriptor(descriptor))).toBe(bytes)
  expect(decodeDescriptor(unhex(bytes, descriptorLength))).toEqual(descriptor)
})

describe('a data segment is refused with', () => {
  test.each([
    ['role 0', 4, [0], 'unsupported', 'role 0'],
    ['role 5', 4, [5], 'unsupported', 'role 5'],
    ['codec 5', 5, [5], 'unsupported', 'codec 5'],
    ['a flag nobody knows', 6, [8], 'unsupported', 'flags 8'],
    ['a flag nobody knows in the second byte', 6, [0, 1], 'unsupported', 'flags 256'],
    ['the flag for padding', 6, [3], 'corrupt', 'flags 3'],
    ['the ordinal of tails', 0, [0xff, 0xff, 0xff, 0xff], 'corrupt', 'ordinal 4294967295'],
    ['no plain bytes', 8, [0, 0, 0, 0], 'corrupt', '0 bytes'],
    ['more than 16 MiB of plain bytes', 8, [1, 0, 0, 1], 'corrupt', '16777217 bytes'],
    ['no more than a tag', 12, [16, 0, 0, 0], 'corrupt', '16 bytes'],
    ['the role of a tail', 4, [3], 'corrupt', 'role 3'],
  ])('%s', (_, at, value, kind, message) => {
    const bytes = data.slice()
    bytes.set(value, at)
    expect(() => decodeDescriptor(bytes)).toThrow(
      expect.objectContaining({ kind, message: expect.stringContaining(message) }),
    )
  })
})

describe('a tail is refused with', () => {
  test.each([
    ['another ordinal', 0, [0], 'corrupt', 'ordinal'],
    ['the role of data', 4, [1], 'corrupt', 'role 1'],
    ['no padding', 6, [0], 'corrupt', 'flags 0'],
    ['more flags than padding', 6, [3], 'corrupt', 'flags 3'],
    ['a plain length', 8, [1], 'corrupt', '1 bytes'],
  ])('%s', (_, at, value, kind, message) => {
    const bytes = tail.slice()
    bytes.set(value, at)
    expect(() => decodeDescriptor(bytes)).toThrow(
      expect.objectContaining({ kind, message: expect.stringContaining(message) }),
    )
  })
})

test.each([data, tail])(
  'damage is refused, or changes what the descriptor says: there is one spelling for each',
  async (valid) => {
    const { taken, refused } = await damageEverywhere(
      { decode: decodeDescriptor, encode: encodeDescriptor },
      valid,
    )
    expect(taken).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(10)
  },
)
