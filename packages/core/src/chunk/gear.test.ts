import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GearLimits } from '../contract/lane.ts'
import { portableCrypto } from '../crypto/portable.ts'
import { nodeCrypto } from '../node/crypto.ts'
import { hex, joinBytes } from '../format/text.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { defaultGear, gearChunker, gearTable } from './gear.ts'

const key = new Uint8Array(32).fill(1)
const table = gearTable(nodeCrypto, key)
const small: GearLimits = { minBytes: 16, averageBytes: 64, maxBytes: 256 }

/** All chunks of a stream that comes in these pieces. */
function cut(pieces: readonly Uint8Array[], limits: GearLimits, gear: Uint32Array = table): Uint8Array[] {
  const chunker = gearChunker(gear, limits)
  return pieces.flatMap((piece, at) => {
    const { bytes, lengths } = chunker.push(piece, at === pieces.length - 1)
    let start = 0
    return Array.from(lengths, (length) => bytes.slice(start, (start += length)))
  })
}

/** The stream in pieces that end at these places. */
function split(stream: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...places.map((place) => place % (stream.length + 1)), stream.length])].sort(
    (a, b) => a - b,
  )
  return ends.map((end, at) => stream.subarray(ends[at - 1] ?? 0, end))
}

test('the table is the same wherever it is made, and depends on the key', () => {
  expect(gearTable(portableCrypto, key)).toEqual(table)
  expect(gearTable(nodeCrypto, new Uint8Array(32).fill(2))).not.toEqual(table)
  expect(new Set(table).size).toBe(256)
})

test('chunks joined are the stream; none but the last is shorter than the least, none longer than the greatest', () => {
  const streams = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.tuple(fc.nat(), fc.nat({ max: 20_000 })).map(([seed, length]) => seededRandom(seed).bytes(length)),
  )
  fc.assert(
    fc.property(streams, (stream) => {
      const chunks = cut([stream], small)
      expect(joinBytes(...chunks)).toEqual(stream)
      for (const chunk of chunks) expect(chunk.length).toBeLessThanOrEqual(small.maxBytes)
      for (const chunk of chunks.slice(0, -1)) expect(chunk.length).toBeGreaterThan(small.minBytes)
      expect(chunks.every(({ length }) => length > 0)).toBe(true)
    }),
  )
})

test('the pieces in which a stream comes have no influence', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.nat({ max: 5000 }),
      fc.array(fc.nat(), { maxLength: 40 }),
      (seed, length, places) => {
        const stream = seededRandom(seed).bytes(length)
        expect(cut(split(stream, places), small).map(hex)).toEqual(cut([stream], small).map(hex))
      },
    ),
  )
})

test('not even byte by byte, with empty pieces between', () => {
  const stream = seededRandom(1).bytes(1000)
  const pieces = [...stream].flatMap((byte) => [Uint8Array.of(byte), new Uint8Array(0)])
  expect(cut([...pieces, new Uint8Array(0)], small).map(hex)).toEqual(cut([stream], small).map(hex))
})

test('what was handed over may be used again', () => {
  const stream = seededRandom(2).bytes(3000)
  const chunker = gearChunker(table, small)
  const found: Uint8Array[] = []
  const reused = new Uint8Array(100)
  for (let at = 0; at < stream.length; at += 100) {
    reused.set(stream.subarray(at, at + 100))
    found.push(chunker.push(reused, at + 100 === stream.length).bytes.slice())
    reused.fill(0)
  }
  expect(joinBytes(...found)).toEqual(stream)
})

test('a stream that goes on shows its chunks as soon as they are whole', () => {
  const chunker = gearChunker(table, small)
  const { bytes, lengths } = chunker.push(seededRandom(3).bytes(10_000), false)
  expect(lengths.length).toBeGreaterThan(50)
  expect(10_000 - bytes.length).toBeLessThan(small.maxBytes)
})

describe('a stream of', () => {
  test('nothing has no chunks', () => {
    expect(cut([new Uint8Array(0)], small)).toEqual([])
  })

  test('one byte is one chunk', () => {
    expect(cut([Uint8Array.of(7)], small)).toEqual([Uint8Array.of(7)])
  })

  test('one and the same byte is cut at the greatest length, or at one and the same', () => {
    const lengths = cut([new Uint8Array(100_000)], small).map(({ length }) => length)
    expect(new Set(lengths.slice(0, -1)).size).toBe(1)
  })
})

test('the average of random data is near the one asked for', () => {
  const stream = seededRandom(4).bytes(8 << 20)
  const lengths = cut([stream], defaultGear).map(({ length }) => length)
  const average = stream.length / lengths.length
  expect(average).toBeGreaterThan(defaultGear.averageBytes * 0.8)
  expect(average).toBeLessThan(defaultGear.averageBytes * 1.5)
  // Normalised: few are cut by force.
  expect(lengths.filter((length) => length === defaultGear.maxBytes).length).toBeLessThan(
    lengths.length * 0.01,
  )
})

test('an insertion changes only the chunks around it', () => {
  const stream = seededRandom(5).bytes(1 << 20)
  const before = new Set(cut([stream], defaultGear).map(hex))
  for (const at of [0, 100_000, 700_001]) {
    const changed = joinBytes(stream.subarray(0, at), Uint8Array.of(1, 2, 3), stream.subarray(at))
    const after = cut([changed], defaultGear).map(hex)
    const fresh = after.filter((chunk) => !before.has(chunk))
    expect(after.length).toBeGreaterThan(80)
    expect(fresh.length).toBeGreaterThan(0)
    expect(fresh.length).toBeLessThanOrEqual(4)
  }
})

test('another key cuts elsewhere', () => {
  const stream = seededRandom(6).bytes(1 << 20)
  const ends = (gear: Uint32Array): Set<number> => {
    let end = 0
    return new Set(cut([stream], defaultGear, gear).map(({ length }) => (end += length)))
  }
  const [one, other] = [ends(table), ends(gearTable(nodeCrypto, new Uint8Array(32).fill(2)))]
  const shared = [...one].filter((end) => other.has(end))
  // The end of the stream is shared by all.
  expect(shared.length).toBeLessThan(one.size * 0.1)
})
