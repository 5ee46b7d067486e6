import { constants, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { zstd } from '../zstd.ts'
import { decodeFrame } from './decode.ts'
import { readFseTable } from './fse.ts'
import { xxh64 } from './xxh64.ts'

const magic = [0x28, 0xb5, 0x2f, 0xfd]
const corrupt = (message: string): unknown =>
  expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) })

/** Three bytes before a block: last or not, type, size. */
function blockHeader(last: boolean, type: number, size: number): number[] {
  const header = (size << 3) | (type << 1) | (last ? 1 : 0)
  return [header & 255, (header >> 8) & 255, header >> 16]
}

/** A frame of known length below 256 bytes. */
function frame(length: number, ...blocks: readonly number[][]): Uint8Array {
  return Uint8Array.from([...magic, 0x20, length, ...blocks.flat()])
}

/** A frame with a window of 1 KiB and one compressed block. */
function compressed(...content: readonly number[]): Uint8Array {
  return Uint8Array.from([...magic, 0, 0, ...blockHeader(true, 2, content.length), ...content])
}

/** Three raw literals. */
const literals = [3 << 3, 7, 8, 9]
/**
 * One sequence with a constant code for each part: so many literals, an offset with so many bits, a match of
 * three.
 */
const sequence = (literalCode: number, offsetCode: number): number[] => [1, 0x54, literalCode, offsetCode, 0]

describe('XXH64', () => {
  test('of nothing is as published', () => {
    expect(xxh64(new Uint8Array(0))).toBe(0x51d8e999)
  })

  test('is that of the reference implementation, at every length', () => {
    const bytes = crypto.getRandomValues(new Uint8Array(200))
    for (let length = 0; length <= 200; length++) {
      const stored = zstdCompressSync(bytes.subarray(0, length), {
        params: { [constants.ZSTD_c_checksumFlag]: 1 },
      })
      expect(xxh64(bytes.subarray(0, length))).toBe(stored.readUInt32LE(stored.length - 4))
    }
  })
})

describe('a frame', () => {
  const raw = [...blockHeader(true, 0, 3), 7, 8, 9]

  test.each<[string, Uint8Array, readonly number[]]>([
    ['a raw block', frame(3, raw), [7, 8, 9]],
    ['a repeated byte', frame(5, [...blockHeader(true, 1, 5), 7]), [7, 7, 7, 7, 7]],
    [
      'several blocks, some empty',
      frame(4, blockHeader(false, 0, 0), [...blockHeader(false, 1, 1), 6], raw),
      [6, 7, 8, 9],
    ],
    ['a window instead of a length', Uint8Array.from([...magic, 0, 0, ...raw]), [7, 8, 9]],
    ['a dictionary number of zero', Uint8Array.from([...magic, 0x21, 0, 3, ...raw]), [7, 8, 9]],
    ['a length of eight bytes', Uint8Array.from([...magic, 0xe0, 3, 0, 0, 0, 0, 0, 0, 0, ...raw]), [7, 8, 9]],
    ['raw literals and no sequence', compressed(...literals, 0), [7, 8, 9]],
    ['a repeated literal and no sequence', compressed((3 << 3) | 1, 7, 0), [7, 7, 7]],
    ['nothing', frame(0, blockHeader(true, 0, 0)), []],
  ])('may hold %s', (_, stored, plain) => {
    expect(decodeFrame(stored, plain.length)).toEqual(Uint8Array.from(plain))
  })

  test.each<[string, Uint8Array, number, string]>([
    ['nothing at all', new Uint8Array(0), 0, 'does not begin'],
    ['a magic number alone', Uint8Array.from(magic), 0, 'cut short'],
    ['half a header', Uint8Array.from([...magic, 0xc0, 0, 3]), 3, 'cut short'],
    ['another magic number', frame(3, raw).with(0, 0x27), 3, 'does not begin'],
    ['a skippable frame', Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0), 0, 'does not begin'],
    [
      'another frame behind it',
      Uint8Array.from([...frame(3, raw), ...frame(0, blockHeader(true, 0, 0))]),
      3,
      'goes on',
    ],
    ['a reserved flag', Uint8Array.from([...magic, 0x28, 3, ...raw]), 3, 'unknown flags'],
    ['a dictionary', Uint8Array.from([...magic, 0x21, 5, 3, ...raw]), 3, 'dictionary'],
    ['another length in its header', frame(4, raw), 3, 'announces 4 bytes'],
    [
      'a length of eight bytes',
      Uint8Array.from([...magic, 0xe0, 3, 0, 0, 0, 0, 0, 0, 1, ...raw]),
      3,
      'announces',
    ],
    ['a window of two terabytes', Uint8Array.from([...magic, 0, 0xff, ...raw]), 3, 'window'],
    ['a window just above the limit', Uint8Array.from([...magic, 0, (17 << 3) | 1, ...raw]), 3, 'window'],
    ['no block', frame(3), 3, 'cut short'],
    ['no last block', frame(3, [...blockHeader(false, 0, 3), 7, 8, 9]), 3, 'cut short'],
    ['a block of unknown type', frame(3, [...blockHeader(true, 3, 3), 7, 8, 9]), 3, 'unknown type'],
    [
      'a block longer than the window',
      Uint8Array.from([...magic, 0, 0, ...blockHeader(true, 1, 1025), 7]),
      1025,
      'too long',
    ],
    [
      'a block longer than any',
      Uint8Array.from([...magic, 0, 80, ...blockHeader(true, 1, 131_073), 7]),
      131_073,
      'too long',
    ],
    [
      'a repeated byte that does not fit',
      Uint8Array.from([...magic, 0, 0, ...blockHeader(true, 1, 6), 7]),
      5,
      'more than 5',
    ],
    ['a raw block that is cut short', frame(3, [...blockHeader(true, 0, 3), 7, 8]), 3, 'cut short'],
    ['too little', frame(3, [...blockHeader(true, 0, 2), 7, 8]), 3, '2 bytes instead of 3'],
    ['a checksum that is missing', Uint8Array.from([...magic, 0x24, 3, ...raw]), 3, 'cut short'],
    [
      'a checksum that differs',
      Uint8Array.from([...magic, 0x24, 3, ...raw, 1, 2, 3, 4]),
      3,
      'another checksum',
    ],
    ['an empty compressed block', compressed(), 0, 'empty compressed block'],
    ['literals that are not there', compressed(3 << 3, 7, 8), 3, 'cut short'],
    ['literals that do not fit', compressed(...literals, 0), 2, 'more than 2'],
    ['a code that was not given', compressed(3 | (3 << 4), 0x80, 0, 1, 1, 0), 3, 'code that was not given'],
    ['tables that were not given', compressed(...literals, 1, 0xfc, 1), 8, 'table that was not given'],
    ['reserved flags of sequences', compressed(...literals, 1, 1, 1), 8, 'unknown flags'],
    ['bytes behind its sequences', compressed(...literals, 0, 0), 3, 'goes on after the end of a block'],
    [
      'a bit stream without a beginning',
      compressed(...literals, ...sequence(3, 2), 0),
      6,
      'without a beginning',
    ],
    ['a symbol that does not exist', compressed(...literals, ...sequence(36, 2), 1), 6, 'too many symbols'],
    [
      'more literals than there are',
      compressed(...literals, ...sequence(4, 2), 0b110),
      7,
      'more literals than',
    ],
    ['a match that does not fit', compressed(...literals, ...sequence(3, 2), 0b110), 5, 'more than 5'],
    ['bits left over', compressed(...literals, ...sequence(3, 2), 0b1100), 6, 'another length'],
    ['bits that are missing', compressed(...literals, ...sequence(3, 2), 0b10), 6, 'cut short'],
    [
      'an offset before the beginning',
      compressed(...literals, ...sequence(3, 2), 0b111),
      6,
      'before its beginning',
    ],
    ['an offset of zero', compressed(...literals, ...sequence(0, 1), 0b11), 6, 'before its beginning'],
  ])('is refused with %s', (_, stored, plainLength, message) => {
    expect(() => decodeFrame(stored, plainLength)).toThrow(corrupt(message))
  })

  test('may hold one sequence whose parts are constant', () => {
    // Offset code 2 with the bits 10 is 4 + 2, less three.
    expect(decodeFrame(compressed(...literals, ...sequence(3, 2), 0b110), 6)).toEqual(
      Uint8Array.of(7, 8, 9, 7, 8, 9),
    )
  })

  test('does not hang on weights whose states never use a bit', () => {
    // One weight has the whole probability, so each state leads to itself without reading anything.
    const tree = [5, 0xf0, 0x03, 0, 0, 0x80]
    const header = 2 | (4 << 4) | (12 << 14)
    const coded = [header & 255, (header >> 8) & 255, header >> 16, ...tree, 1, 1, 1, 1, 1, 1, 0]
    expect(() => decodeFrame(compressed(...coded), 4)).toThrow(corrupt('too many symbols'))
  })

  test('does not expand a bomb', () => {
    const bomb = zstdCompressSync(new Uint8Array(64 * 1024 * 1024), {
      params: { [constants.ZSTD_c_contentSizeFlag]: 0 },
    })
    const before = process.cpuUsage()
    for (const length of [0, 1, 100_000, 1_048_576]) {
      expect(() => zstd.decode!(bomb, length)).toThrow(corrupt(''))
    }
    // Whoever expands it four times takes several times as much.
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000)
  })
})

describe('a table of probabilities', () => {
  test.each<[string, readonly number[], number, number, string]>([
    ['more states than allowed', [0x04, 0, 0], 8, 35, 'too large'],
    ['more symbols than allowed', [0x10, 0x84, 0x10, 0x42, 0x08, 0x21, 0x84, 0x10], 9, 3, 'too many symbols'],
    ['zeros without end', [0x10, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 9, 35, 'cut short'],
    ['nothing but its size', [0x00], 9, 35, 'cut short'],
  ])('is refused with %s', (_, bytes, maxAccuracy, maxSymbol, message) => {
    const input = Uint8Array.from(bytes)
    expect(() => readFseTable(input, 0, input.length, maxAccuracy, maxSymbol)).toThrow(corrupt(message))
  })
})
