import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBlock } from './lz4-decode.ts'
import { encodeBlock } from './lz4-encode.ts'

interface Sequence {
  readonly literals: number
  readonly offset: number
  readonly match: number
  /** Position in the plain bytes where the match starts and ends. */
  readonly start: number
  readonly end: number
}

/** Takes a block apart, trusting it. */
function sequencesOf(block: Uint8Array): Sequence[] {
  const found: Sequence[] = []
  let at = 0
  let position = 0
  const length = (nibble: number): number => {
    if (nibble < 15) return nibble
    let sum = 15
    let more: number
    do sum += more = block[at++]!
    while (more === 255)
    return sum
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = length(token >> 4)
    at += literals
    position += literals
    if (at >= block.length) {
      found.push({ literals, offset: 0, match: 0, start: position, end: position })
      break
    }
    const offset = block[at]! | (block[at + 1]! << 8)
    at += 2
    const match = length(token & 15) + 4
    found.push({ literals, offset, match, start: position, end: position + match })
    position += match
  }
  return found
}

/** Runs of few different bytes, so that there is something to find up to the very end. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 40 })), {
    maxLength: 12,
  })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => [...bytes]).flat()),
    ),
  )

describe('the encoder', () => {
  test('keeps the end of a block as the format demands', () => {
    let matches = 0
    fc.assert(
      fc.property(repetitive, (plain) => {
        const sequences = sequencesOf(encodeBlock(plain))
        const last = sequences.at(-1)!
        expect(last.match).toBe(0)
        if (sequences.length === 1) return
        matches += sequences.length - 1
        expect(last.literals).toBeGreaterThanOrEqual(5)
        for (const { start, end } of sequences.slice(0, -1)) {
          expect(start).toBeLessThanOrEqual(plain.length - 12)
          expect(end).toBeLessThanOrEqual(plain.length - 5)
        }
      }),
      { numRuns: 500 },
    )
    expect(matches).toBeGreaterThan(100)
  })

  test('is undone by the decoder, for any input', () => {
    fc.assert(
      fc.property(fc.oneof(repetitive, fc.uint8Array({ maxLength: 3000, size: 'max' })), (plain) => {
        expect(decodeBlock(encodeBlock(plain), plain.length)).toEqual(plain)
      }),
      { numRuns: 500 },
    )
  })

  test('finds a match at the greatest distance, and none beyond', () => {
    const mark = Uint8Array.of(11, 22, 33, 44, 55, 66, 77, 88)
    for (const [distance, found] of [
      [65_535, true],
      [65_536, false],
    ] as const) {
      const plain = new Uint8Array(distance + 40)
      plain.set(mark, 0)
      plain.set(mark, distance)
      const hit = sequencesOf(encodeBlock(plain)).some(({ offset }) => offset === distance)
      expect(hit).toBe(found)
    }
  })

  test('grows noise by less than half a percent', () => {
    const noise = crypto.getRandomValues(new Uint8Array(65_536))
    expect(encodeBlock(noise).length).toBeLessThan(65_536 * 1.005)
  })
})

describe('the decoder refuses', () => {
  test.each<[string, number[], number, string]>([
    ['nothing at all', [], 0, 'cut short'],
    ['literals that are not there', [0x50, 1, 2, 3], 5, 'cut short'],
    ['literals that do not fit', [0x30, 1, 2, 3], 2, 'more than 2'],
    ['a length that goes on for ever', [0xf0, 255, 255, 255], 700, 'cut short'],
    ['a match of a length that goes on for ever', [0x1f, 1, 1, 0, 255, 255], 700, 'cut short'],
    ['half an offset', [0x10, 1, 1], 5, 'cut short'],
    ['an offset of zero', [0x10, 1, 0, 0, 0x50, 1, 2, 3, 4, 5], 10, 'before its beginning'],
    ['an offset before the beginning', [0x10, 1, 2, 0, 0x50, 1, 2, 3, 4, 5], 10, 'before its beginning'],
    ['a match that does not fit', [0x1f, 1, 1, 0, 100, 0x50, 1, 2, 3, 4, 5], 20, 'more than 20'],
    ['a match as the last thing', [0x10, 1, 1, 0], 5, 'cut short'],
    ['bytes after the end', [0x10, 1, 9], 1, 'cut short'],
    ['too little', [0x20, 1, 2], 3, '2 bytes instead of 3'],
    ['what it cannot possibly hold', [0x20, 1, 2], 1_000_000_000, 'cannot decode'],
  ])('%s', (_, block, plainLength, message) => {
    expect(() => decodeBlock(Uint8Array.from(block), plainLength)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test('nothing of a block that is as it should be', () => {
    expect(decodeBlock(Uint8Array.of(0x12, 7, 1, 0, 0x50, 1, 2, 3, 4, 5), 12)).toEqual(
      Uint8Array.of(7, 7, 7, 7, 7, 7, 7, 1, 2, 3, 4, 5),
    )
  })
})
