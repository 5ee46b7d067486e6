import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, verdict } from '../../test/strict-decoder.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { applyDelta, deltaEncoder, maxDeltaUnit } from './delta.ts'
import { unhex } from './text.ts'

const encoder = deltaEncoder()
const bytes = (text: string): Uint8Array => unhex(text, text.length / 2)

/** A unit made from a base by a few changes, as databases make them: bytes written over, moved, inserted. */
const edits = fc.array(
  fc.record({
    kind: fc.constantFrom('write', 'move', 'insert'),
    at: fc.nat(),
    from: fc.nat(),
    length: fc.integer({ min: 1, max: 60 }),
    byte: fc.nat({ max: 255 }),
  }),
  {
    maxLength: 8,
  },
)
const versions = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 700 }), edits).map(([base, changes]) => {
  const unit = base.slice()
  for (const { kind, at, from, length, byte } of changes) {
    const [to, source] = [at % unit.length, from % unit.length]
    if (kind === 'write') unit.fill(byte, to, to + length)
    else if (kind === 'move') unit.set(unit.slice(source, source + Math.min(length, unit.length - to)), to)
    else
      unit.set(
        unit.slice(to, unit.length - Math.min(length, unit.length - to)),
        Math.min(unit.length, to + length),
      )
  }
  return { base, unit }
})

test('a program makes the unit from its base, and ends where it said', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        versions,
        fc
          .uint8Array({ minLength: 1, maxLength: 300 })
          .map((unit) => ({ unit, base: new Uint8Array(unit.length) })),
      ),
      ({ base, unit }) => {
        const out = new Uint8Array(2 * unit.length + 100)
        const end = encoder.encode(unit, base, out, 7, out.length)
        expect(end).toBeGreaterThan(7)
        expect(rebuilt(out, 7, base)).toEqual({ unit, end })
      },
    ),
    { numRuns: 1000 },
  )
})

test('a program that would not end before its limit is not made, and nothing is written beyond', () => {
  fc.assert(
    fc.property(versions, fc.nat({ max: 300 }), ({ base, unit }, limit) => {
      const out = new Uint8Array(1000).fill(0xee)
      const end = encoder.encode(unit, base, out, 0, limit)
      expect(end).toBeLessThanOrEqual(limit)
      expect(out.subarray(limit).every((byte) => byte === 0xee)).toBe(true)
      fc.pre(end > 0)
      expect(rebuilt(out, 0, base)).toEqual({ unit, end })
    }),
  )
})

describe('what pages of a database do costs few bytes:', () => {
  const base = seededRandom(1).bytes(4096)
  const inserted = Uint8Array.from([...base.subarray(0, 1000), 1, 2, 3, 4, ...base.subarray(1000, 4092)])
  const scattered = base.slice()
  for (let at = 50; at < 4096; at += 400) scattered[at]! ^= 0xff

  test.each([
    ['nothing changed', base, 6],
    ['four bytes were inserted', inserted, 22],
    ['eleven bytes changed, far apart', scattered, 12 * 6 + 11],
  ])('%s', (_, unit, most) => {
    const out = new Uint8Array(4096)
    const end = encoder.encode(unit, base, out, 0, out.length)
    expect(end).toBeGreaterThan(0)
    expect(end).toBeLessThanOrEqual(most)
    expect(rebuilt(out, 0, base)).toEqual({ unit, end })
  })

  test('nothing is alike, and so there is no program shorter than the unit', () => {
    expect(encoder.encode(seededRandom(2).bytes(4096), base, new Uint8Array(5000), 0, 4096)).toBe(0)
  })
})

test('units of 65,536 bytes, the longest there are, have programs', () => {
  const base = seededRandom(3).bytes(maxDeltaUnit)
  const unit = base.slice()
  unit[40_000]! ^= 1
  const out = new Uint8Array(100)
  const end = encoder.encode(unit, base, out, 0, out.length)
  expect(end).toBeGreaterThan(0)
  expect(rebuilt(out, 0, base)).toEqual({ unit, end })
})

test('what an encoder saw before has no influence', () => {
  const { base, unit } = { base: seededRandom(4).bytes(512), unit: seededRandom(4).bytes(512).reverse() }
  const run = (used: ReturnType<typeof deltaEncoder>): Uint8Array => {
    const out = new Uint8Array(1000)
    return out.subarray(0, used.encode(unit, base, out, 0, out.length))
  }
  expect(run(encoder)).toEqual(run(deltaEncoder()))
})

test.each(readVectors().deltas.cases)('$program makes what the vectors say', ({ base, program, unit }) => {
  expect(rebuilt(bytes(program), 0, bytes(base))).toEqual({ unit: bytes(unit), end: program.length / 2 })
})

describe('a program is refused that', () => {
  const base = new Uint8Array(16).fill(7)

  test.each([
    ['is empty', '', 'cut short'],
    ['is cut short in a step', '0000000010', 'cut short'],
    ['is cut short in its literals', '100000000000aabb', 'cut short'],
    ['ends before the unit is complete', '000000000800', 'cut short'],
    ['has a step that does nothing', '000000000000', 'does nothing'],
    ['has a step that does nothing, later on', '000000000800000000000000', 'does nothing'],
    ['copies more than the unit has room for', '000000001100', 'more than its unit'],
    ['has more literals than the unit has room for', '110000000000', 'more than its unit'],
    [
      'has literals and a copy that are too much together',
      '0800000009000102030405060708',
      'more than its unit',
    ],
    ['copies from behind the base', '000001001000', 'outside'],
    ['begins a copy behind the base', '000010000100', 'outside'],
    ['copies nothing from behind the base', '0100ffff0000aa', 'outside'],
  ])('%s', (_, program, message) => {
    expect(() => rebuilt(bytes(program), 0, base)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test.each([8, 24])('makes %i bytes from a base of 16, though all copies lie inside', (length) => {
    const program = bytes('000000000800'.repeat(length / 8))
    expect(() => applyDelta(program, 0, base, new Uint8Array(length))).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining('a base of 16') }),
    )
  })

  test('makes more than 65,536 bytes', () => {
    const long = new Uint8Array(maxDeltaUnit + 1)
    const program = bytes('00000000ffff000000000200')
    expect(() => applyDelta(program, 0, long, new Uint8Array(long.length))).toThrow(
      expect.objectContaining({ kind: 'corrupt' }),
    )
  })
})

test('damage is refused or makes another unit, and nothing worse', async () => {
  const [base, out] = [seededRandom(5).bytes(200), new Uint8Array(300)]
  const end = encoder.encode(
    Uint8Array.from(base, (byte, at) => (at % 50 === 0 ? 0 : byte)),
    base,
    out,
    0,
    300,
  )
  const decode = (program: Uint8Array): Uint8Array => rebuilt(program, 0, base).unit
  const { taken, refused } = await damageEverywhere({ decode }, out.slice(0, end))
  expect(taken).toBeGreaterThan(0)
  expect(refused).toBeGreaterThan(100)
})

test('any bytes are a program or none, whatever their base', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      async (program, base) => {
        const decode = (bytes: Uint8Array): Uint8Array => rebuilt(bytes, 0, base).unit
        expect(await verdict({ decode, kinds: ['corrupt'] }, program)).toMatch(/taken|corrupt/)
      },
    ),
    { numRuns: 2000 },
  )
})

function rebuilt(program: Uint8Array, at: number, base: Uint8Array): { unit: Uint8Array; end: number } {
  const unit = new Uint8Array(base.length)
  return { end: applyDelta(program, at, base, unit), unit }
}
