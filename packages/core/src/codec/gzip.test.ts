import { crc32 as nativeCrc, deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { crc32 } from './crc32.ts'
import { gzip } from './gzip.ts'
import { inflate } from './inflate.ts'

const plain = new TextEncoder().encode('to be kept, to be kept, to be kept for ever')
const stream = deflateRawSync(plain)

/** A member with the given flags and what belongs to them. */
function member(
  flags: number,
  fields: readonly number[],
  body: Uint8Array = stream,
  length = plain.length,
): Uint8Array {
  const trailer = new DataView(new ArrayBuffer(8))
  trailer.setUint32(0, nativeCrc(plain), true)
  trailer.setUint32(4, length, true)
  const header = [0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 255]
  return Uint8Array.from([...header, ...fields, ...body, ...new Uint8Array(trailer.buffer)])
}

/** Bits as deflate packs them: `value` from its lowest bit, or a code from its highest. */
function bitStream(
  ...parts: readonly (readonly [value: number, count: number, code?: 'code'])[]
): Uint8Array {
  const bits = parts.flatMap(([value, count, code]) => {
    const lowFirst = Array.from({ length: count }, (_, at) => (value >> at) & 1)
    return code ? lowFirst.reverse() : lowFirst
  })
  return Uint8Array.from({ length: Math.ceil(bits.length / 8) }, (_, at) =>
    bits.slice(at * 8, at * 8 + 8).reduce((byte, bit, place) => byte | (bit << place), 0),
  )
}

const corrupt = (message: string): unknown =>
  expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) })

test('CRC-32 is that of zlib, at every length', () => {
  const bytes = crypto.getRandomValues(new Uint8Array(300))
  for (let length = 0; length < 300; length++) {
    expect(crc32(bytes.subarray(0, length))).toBe(nativeCrc(bytes.subarray(0, length)))
  }
  expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
})

describe('a member', () => {
  test.each<[string, Uint8Array]>([
    ['without anything', member(0, [])],
    ['that claims to be text', member(1, [])],
    ['with a checksum of the header', member(2, [1, 2])],
    ['with extra fields', member(4, [3, 0, 9, 9, 9])],
    ['with a name', member(8, [97, 98, 0])],
    ['with a comment', member(16, [97, 98, 0])],
    ['with everything', member(31, [1, 0, 7, 97, 0, 98, 0, 5, 6])],
  ])('is read %s', (_, stored) => {
    expect(gzip.decode!(stored, plain.length)).toEqual(plain)
  })

  test.each<[string, Uint8Array, string]>([
    ['with unknown flags', member(32, []), 'unknown flags'],
    ['with another method', member(0, []).with(2, 7), 'does not begin'],
    ['with extra fields longer than itself', member(4, [255, 255]), 'cut short'],
    [
      'with a name that does not end',
      Uint8Array.from(member(8, []), (byte, at) => (at < 10 || at >= stream.length + 14 ? byte : byte || 1)),
      'cut short',
    ],
    [
      'with another length at its end',
      member(0, [], stream, plain.length + 1),
      'does not end with its length',
    ],
    ['with another checksum', member(0, []).with(-6, 0), 'another checksum'],
    ['twice', Uint8Array.from([...gzipSync(plain), ...gzipSync(plain)]), 'goes on after its end'],
    ['behind an empty one', Uint8Array.from([...gzipSync(''), ...gzipSync(plain)]), 'instead of'],
    [
      'with a byte between stream and end',
      member(0, [], Uint8Array.from([...stream, 0])),
      'goes on after its end',
    ],
  ])('is refused %s', (_, stored, message) => {
    expect(() => gzip.decode!(stored, plain.length)).toThrow(corrupt(message))
  })
})

describe('a deflate stream', () => {
  const decoded = (bytes: Uint8Array, length: number): Uint8Array => {
    const output = new Uint8Array(length)
    expect(inflate(bytes, 0, output)).toBe(bytes.length)
    return output
  }
  const fixed = [
    [1, 1],
    [1, 2],
  ] as const
  const dynamic = [
    [1, 1],
    [2, 2],
  ] as const
  const end = [0, 7, 'code'] as const
  const zero = [0x30, 8, 'code'] as const
  /** 258 bytes, from distance 1. */
  const longest = [0xc5, 8, 'code'] as const
  const nearest = [0, 5, 'code'] as const
  /** 257 literal codes, one distance code, four lengths of code lengths: of 16, 17, 18 and 0. */
  const counts = [
    [0, 5],
    [0, 5],
    [0, 4],
  ] as const
  const own = (...lengths: number[]): (readonly [number, number])[] => lengths.map((length) => [length, 3])

  test('may be empty', () => {
    expect(decoded(bitStream(...fixed, end), 0)).toHaveLength(0)
  })

  test('may consist of stored blocks', () => {
    expect(decoded(Uint8Array.of(0, 2, 0, 253, 255, 7, 8, 1, 1, 0, 254, 255, 9), 3)).toEqual(
      Uint8Array.of(7, 8, 9),
    )
  })

  test('may copy the longest length from nearest', () => {
    expect(decoded(bitStream(...fixed, zero, longest, nearest, end), 259)).toEqual(new Uint8Array(259))
  })

  test.each<[string, Uint8Array, number, string]>([
    ['nothing at all', new Uint8Array(0), 0, 'cut short'],
    ['a block of unknown type', bitStream([1, 1], [3, 2]), 0, 'unknown type'],
    ['a stored block whose length is contradicted', Uint8Array.of(1, 2, 0, 0, 0, 7, 8), 2, 'wrong length'],
    ['a stored block that is cut short', Uint8Array.of(1, 2, 0, 253, 255, 7), 2, 'cut short'],
    ['a stored block that does not fit', Uint8Array.of(1, 2, 0, 253, 255, 7, 8), 1, 'more than 1'],
    ['a literal that does not fit', bitStream(...fixed, zero, end), 0, 'more than 0'],
    ['a copy that does not fit', bitStream(...fixed, zero, longest, nearest, end), 258, 'more than 258'],
    [
      'a copy from before the beginning',
      bitStream(...fixed, zero, [1, 7, 'code'], [1, 5, 'code'], end),
      4,
      'before its beginning',
    ],
    [
      'a length that does not exist',
      bitStream(...fixed, zero, [0xc6, 8, 'code'], [0, 13]),
      259,
      'stands for nothing',
    ],
    [
      'a distance that does not exist',
      bitStream(...fixed, zero, [1, 7, 'code'], [30, 5, 'code'], [0, 13]),
      4,
      'stands for nothing',
    ],
    ['no end of the block', bitStream(...fixed, zero), 1, 'cut short'],
    ['no last block', bitStream([0, 1], [1, 2], end), 0, 'cut short'],
    ['too little', bitStream(...fixed, zero, end), 2, '1 bytes instead of 2'],
    ['too many literal codes', bitStream(...dynamic, [30, 5], [0, 5], [0, 4], [0, 12]), 0, 'too many codes'],
    ['too many distance codes', bitStream(...dynamic, [0, 5], [30, 5], [0, 4], [0, 12]), 0, 'too many codes'],
    ['no code for code lengths', bitStream(...dynamic, ...counts, [0, 12]), 0, 'stands for nothing'],
    [
      'more code lengths than there is room for',
      bitStream(...dynamic, ...counts, ...own(1, 1, 1, 0)),
      0,
      'more codes than',
    ],
    ['a code with a gap', bitStream(...dynamic, ...counts, ...own(2, 2, 0, 0)), 0, 'fewer codes than'],
    [
      'a repetition of nothing',
      bitStream(...dynamic, ...counts, ...own(1, 0, 1, 0), [0, 1], [0, 2]),
      0,
      'before the first',
    ],
    [
      'repetitions beyond the last code',
      bitStream(...dynamic, ...counts, ...own(0, 1, 1, 0), [1, 1], [127, 7], [1, 1], [127, 7]),
      0,
      'too many codes',
    ],
    [
      'no code for the end of a block',
      bitStream(...dynamic, ...counts, ...own(0, 1, 1, 0), [1, 1], [127, 7], [1, 1], [109, 7]),
      0,
      'cannot end',
    ],
  ])('is refused with %s', (_, bytes, length, message) => {
    expect(() => inflate(bytes, 0, new Uint8Array(length))).toThrow(corrupt(message))
  })
})
