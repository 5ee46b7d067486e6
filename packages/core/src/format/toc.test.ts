import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere } from '../../test/strict-decoder.ts'
import { type SegmentEntry, decodeToc, encodeToc, unitLength } from './toc.ts'
import { hex, unhex, viewOf } from './text.ts'

const { cases } = readVectors().tocs
const tailStart = 100_000
const decoder = { decode: (bytes: Uint8Array) => decodeToc(bytes, tailStart), encode: encodeToc }
const id = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Uint8Array.from([...bytes.subarray(0, 15), 1]))

/** A segment as a writer makes it; where it lies and its ordinal follow from those before it. */
const segments = fc
  .array(
    fc.record({
      role: fc.constantFrom(1 as const, 2 as const),
      codec: fc.constantFrom(0, 1, 2, 3, 4) as fc.Arbitrary<0 | 1 | 2 | 3 | 4>,
      deltas: fc.boolean(),
      stored: fc.integer({ min: 17, max: 300 }),
      gap: fc.nat({ max: 20 }),
      units: fc.array(
        fc.record({ id, length: fc.integer({ min: 1, max: 4096 }), base: id, chain: fc.nat({ max: 16 }) }),
        { minLength: 1, maxLength: 8 },
      ),
      uniform: fc.boolean(),
    }),
    { maxLength: 5 },
  )
  .map((drafts) => {
    let offset = 64
    return drafts.map(({ role, codec, deltas, stored, gap, units, uniform }, ordinal): SegmentEntry => {
      offset += gap
      const lengths = uniform ? units[0]!.length : Uint32Array.from(units, ({ length }) => length)
      const sizes = units.map(({ length, chain }) =>
        deltas && chain > 0 ? 6 : uniform ? units[0]!.length : length,
      )
      const entry = {
        descriptor: {
          ordinal,
          role,
          codec,
          padded: false,
          uniform,
          deltas,
          plainLength: sizes.reduce((sum, size) => sum + size, 0),
          storedLength: stored,
        },
        offset,
        units: units.length,
        lengths,
        ids: joined(units.map((unit) => unit.id)),
        ...(deltas && {
          bases: joined(units.map(({ base, chain }) => (chain > 0 ? base : new Uint8Array(16)))),
          chains: Uint8Array.from(units, ({ chain }) => chain),
        }),
      }
      offset += stored
      return entry
    })
  })

test('every table comes back, also one without segments', () => {
  fc.assert(
    fc.property(segments, (entries) => {
      expect(decodeToc(encodeToc(entries), tailStart)).toEqual(entries)
    }),
  )
  expect(decodeToc(encodeToc([]), 64)).toEqual([])
})

test.each(cases)('the table of $pack is that of the vectors', ({ bytes, tailStart: end }) => {
  const entries = decodeToc(unhex(bytes, bytes.length / 2), end)
  expect(hex(encodeToc(entries))).toBe(bytes)
})

test('the length of a unit is its own, or that of all', () => {
  const [uniform, varying] = decodeToc(
    unhex(cases[0]!.bytes, cases[0]!.bytes.length / 2),
    cases[0]!.tailStart,
  )
  expect([unitLength(uniform!, 0), unitLength(uniform!, 3)]).toEqual([64, 64])
  expect([unitLength(varying!, 0), unitLength(varying!, 1)]).toEqual([8, 42])
})

describe('a table is refused with', () => {
  // Two segments of two units of 10 bytes: one as they are, one with a delta.
  const ofPlain: Draft = { units: 2, lengths: 10, plainLength: 20, ids: new Uint8Array(32).fill(1) }
  const ofDelta: Draft = {
    ordinal: 1,
    offset: 200,
    units: 2,
    lengths: Uint32Array.of(10, 10),
    plainLength: 16,
    ids: new Uint8Array(32).fill(2),
    bases: Uint8Array.from({ length: 32 }, (_, at) => (at < 16 ? 0 : 3)),
    chains: Uint8Array.of(0, 1),
  }
  const [plain, delta] = [segmentOf(ofPlain), segmentOf(ofDelta)]

  test('nothing of the following, as it stands', () => {
    expect(decodeToc(encodeToc([plain, delta]), 300)).toEqual([plain, delta])
  })

  test.each<[string, readonly Draft[], string]>([
    ['a segment that reaches into the tail', [ofPlain, { ...ofDelta, offset: 201 }], 'outside'],
    ['a segment that begins in the header', [{ ...ofPlain, offset: 63 }], 'outside'],
    ['a segment of 4 GiB', [{ ...ofPlain, storedLength: 0xffff_ffff }], 'outside'],
    ['segments that overlap', [ofPlain, { ...ofDelta, offset: 163 }], 'overlap'],
    ['segments that overlap, the later one first', [ofDelta, { ...ofPlain, offset: 101 }], 'overlap'],
    ['an ordinal that occurs twice', [ofPlain, { ...ofDelta, ordinal: 0 }], 'twice'],
    ['lengths that are less than the plain bytes', [{ ...ofPlain, plainLength: 21 }], 'add up'],
    ['lengths that are more than the plain bytes', [{ ...ofPlain, plainLength: 19 }], 'add up'],
    ['a unit of no bytes', [{ ...ofPlain, lengths: Uint32Array.of(0, 20) }], 'length'],
    [
      'a unit of more than 16 MiB',
      [{ ...ofPlain, lengths: Uint32Array.of(16 * 1024 * 1024 + 1, 10) }],
      'length',
    ],
    ['no units', [{ ...ofPlain, units: 0, ids: new Uint8Array(0) }], '0 units'],
    ['a base without a chain', [{ ...ofDelta, chains: Uint8Array.of(0, 0) }], 'disagree'],
    ['a chain without a base', [{ ...ofDelta, chains: Uint8Array.of(1, 1) }], 'disagree'],
    ['a chain of 17', [{ ...ofDelta, chains: Uint8Array.of(0, 17) }], '17 deltas'],
    [
      'a delta that makes more than 64 KiB',
      [{ ...ofDelta, lengths: Uint32Array.of(10, 65_537) }],
      '65537 bytes',
    ],
    ['deltas for which there is no room', [{ ...ofDelta, plainLength: 15 }], 'add up'],
  ])('%s', (_, drafts, message) => {
    expect(() => decodeToc(encodeToc(drafts.map(segmentOf)), 300)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test.each([
    ['another version', 0, 2, 'unsupported', 'version 2'],
    ['reserved bytes that are not zero', 1, 1, 'corrupt', 'reserved'],
    ['reserved bytes that are not zero', 3, 1, 'corrupt', 'reserved'],
    ['more segments than there are', 4, 3, 'corrupt', 'cut short'],
    ['four billion segments', 7, 0xff, 'corrupt', 'cut short'],
    ['fewer segments than there are', 4, 1, 'corrupt', 'left over'],
    ['the role of a tail', 8 + 4, 3, 'corrupt', 'role 3'],
    ['more units than plain bytes', 8 + 21, 1, 'corrupt', '258 units'],
  ])('%s', (_, at, value, kind, message) => {
    const bytes = encodeToc([plain, delta])
    bytes[at] = value
    expect(() => decodeToc(bytes, 300)).toThrow(
      expect.objectContaining({ kind, message: expect.stringContaining(message) }),
    )
  })

  test('a tail among its segments', () => {
    const bytes = encodeToc([plain])
    bytes.set([0xff, 0xff, 0xff, 0xff, 3, 0, 1, 0, 0, 0, 0, 0], 8)
    expect(() => decodeToc(bytes, 300)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining('role 3') }),
    )
  })

  test('more units than it has bytes for, without taking memory for them', () => {
    const bytes = encodeToc([plain])
    const view = viewOf(bytes)
    view.setUint32(8 + 8, 16 * 1024 * 1024, true)
    view.setUint32(8 + 20, 16 * 1024 * 1024, true)
    view.setUint32(8 + 24, 1, true)
    const before = process.memoryUsage().arrayBuffers
    for (let round = 0; round < 100; round++) {
      expect(() => decodeToc(bytes, 300)).toThrow(
        expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining('cut short') }),
      )
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20)
  })
})

test('a table of many segments is checked in time that grows with it', () => {
  const many = Array.from({ length: 20_000 }, (_, at) =>
    segmentOf({
      ordinal: at,
      offset: 64 + at * 100,
      units: 1,
      lengths: 10,
      plainLength: 10,
      ids: new Uint8Array(16).fill(1),
    }),
  )
  const before = process.cpuUsage()
  expect(decodeToc(encodeToc(many), 64 + 20_000 * 100)).toHaveLength(20_000)
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000)
})

test.each(cases)(
  'damage is refused, or changes what the table says: there is one spelling for each',
  async ({ bytes, tailStart: end }) => {
    const { taken, refused } = await damageEverywhere(
      { ...decoder, decode: (table) => decodeToc(table, end) },
      unhex(bytes, bytes.length / 2),
    )
    // An id may be any; only the seal tells.
    expect(taken).toBeGreaterThan(16 * 8)
    expect(refused).toBeGreaterThan(16 * 8)
  },
)

interface Draft extends Pick<SegmentEntry, 'units' | 'lengths' | 'ids'> {
  readonly plainLength: number
  readonly offset?: number
  readonly ordinal?: number
  readonly storedLength?: number
  readonly bases?: Uint8Array
  readonly chains?: Uint8Array
}

function segmentOf({
  plainLength,
  offset = 64,
  ordinal = 0,
  storedLength = 100,
  units,
  lengths,
  ids,
  bases,
  chains,
}: Draft): SegmentEntry {
  const uniform = typeof lengths === 'number'
  return {
    descriptor: {
      ordinal,
      role: 1,
      codec: 4,
      padded: false,
      uniform,
      deltas: bases !== undefined,
      plainLength,
      storedLength,
    },
    offset,
    units,
    lengths,
    ids,
    ...(bases && chains && { bases, chains }),
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}
