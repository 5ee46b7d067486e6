import { describe, expect, test } from 'vitest'
import { type Codec, type CodecTable, codecIds } from '../contract/codec.ts'
import type { CodecChoice } from '../contract/lane.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { encodeSmallest } from './auto.ts'
import { portableCodecs } from './table.ts'

const MiB = 1024 * 1024
const random = seededRandom(11)
const noise = random.bytes(MiB)
const text = new TextEncoder().encode(
  Array.from(
    { length: 20_000 },
    () => `customer ${random.below(50_000)} owes ${random.below(900)}.${random.below(99)}\n`,
  ).join(''),
)
const zeros = new Uint8Array(MiB)

/** A table whose encoders note each call. */
function watched(table: CodecTable): { table: CodecTable; calls: string[] } {
  const calls: string[] = []
  const watch = (codec: Codec): Codec => ({
    ...codec,
    ...(codec.encode && {
      encode(plain: Uint8Array, level?: number) {
        calls.push(`${codec.name} ${level ?? '-'} ${plain.length}`)
        return codec.encode!(plain, level)
      },
    }),
  })
  const entries = Object.entries(table).map(([id, codec]) => [id, watch(codec)])
  return { table: Object.fromEntries(entries) as CodecTable, calls }
}

/** As on a runtime that writes zstd: any encoder will do. */
const withZstd: CodecTable = {
  ...portableCodecs,
  4: { ...portableCodecs[4], encode: (plain) => portableCodecs[3].encode!(plain) },
}

describe('auto', () => {
  test.each([
    [undefined, 1],
    [3, 3],
    [19, 19],
  ])('asked for level %o takes zstd at level %d where it can be written', (level, expected) => {
    const { table, calls } = watched(withZstd)
    const encoded = encodeSmallest(table, { codec: 'auto', ...(level && { level }) }, text)
    expect(encoded.id).toBe(codecIds.zstd)
    expect(calls).toEqual([`zstd ${expected} ${text.length}`])
  })

  test('takes gzip where zstd cannot be written', () => {
    const { id, stored } = encodeSmallest(portableCodecs, { codec: 'auto' }, text)
    expect(id).toBe(codecIds.gzip)
    expect(portableCodecs[1].decode!(stored, text.length)).toEqual(text)
  })

  test('takes lz4 where a sample shows that gzip would hardly save more', () => {
    const sparse = new Uint8Array(MiB)
    for (let at = 0; at < MiB; at += 2048) sparse.set(random.bytes(700), at)
    const { table, calls } = watched(portableCodecs)
    const { id, stored } = encodeSmallest(table, { codec: 'auto' }, sparse)
    expect(id).toBe(codecIds.lz4)
    expect(calls.filter((call) => call.startsWith('gzip'))).toEqual(['gzip 1 32768'])
    expect(portableCodecs[3].decode!(stored, MiB)).toEqual(sparse)
  })

  test('understands levels of zstd where gzip stands in for it', () => {
    const { table, calls } = watched(portableCodecs)
    encodeSmallest(table, { codec: 'auto', level: 19 }, text)
    expect(calls).toContain(`gzip 9 ${text.length}`)
  })

  test('does not try gzip on noise', () => {
    const { table, calls } = watched(portableCodecs)
    expect(encodeSmallest(table, { codec: 'auto' }, noise)).toEqual({ id: codecIds.store, stored: noise })
    expect(calls).toEqual([])
  })

  test.each([0, 1, 100, 40_000])('manages %d bytes', (length) => {
    const plain = text.subarray(0, length)
    const { id, stored } = encodeSmallest(portableCodecs, { codec: 'auto' }, plain)
    expect(portableCodecs[id].decode!(stored, length)).toEqual(plain)
    expect(stored.length).toBeLessThanOrEqual(length)
  })
})

describe('whatever is chosen', () => {
  const choices: CodecChoice[] = [
    { codec: 'auto' },
    { codec: 0 },
    { codec: 1 },
    { codec: 1, level: 9 },
    { codec: 3 },
  ]

  test.each(choices)('noise is stored as it is: %o', (choice) => {
    const { id, stored } = encodeSmallest(portableCodecs, choice, noise)
    expect(id).toBe(codecIds.store)
    expect(stored).toBe(noise)
  })

  test.each(choices)('never is more stored than there was: %o', (choice) => {
    for (const plain of [zeros, text, noise, noise.subarray(0, 10)]) {
      const { id, stored } = encodeSmallest(portableCodecs, choice, plain)
      expect(stored.length).toBeLessThanOrEqual(plain.length)
      expect(Buffer.compare(portableCodecs[id].decode!(stored, plain.length), plain)).toBe(0)
    }
  })

  test.each([
    [960, codecIds.lz4],
    [970, codecIds.lz4],
    [971, codecIds.store],
    [1000, codecIds.store],
  ])('1,000 bytes that become %d are stored with codec %d', (length, id) => {
    const table: CodecTable = {
      ...portableCodecs,
      3: { ...portableCodecs[3], encode: () => new Uint8Array(length) },
    }
    expect(encodeSmallest(table, { codec: 3 }, new Uint8Array(1000)).id).toBe(id)
  })

  test('a slow codec is not tried on noise, and is on a little of it', () => {
    const { table, calls } = watched(portableCodecs)
    encodeSmallest(table, { codec: 1, level: 9 }, noise)
    expect(calls).toEqual([])
    encodeSmallest(table, { codec: 1, level: 9 }, noise.subarray(0, 5000))
    expect(calls).toEqual(['gzip 9 5000'])
  })

  test.each<[string, CodecChoice]>([
    ['gzip', { codec: 1, level: 10 }],
    ['lz4', { codec: 3, level: 2 }],
    ['store', { codec: 0, level: 1 }],
    ['auto', { codec: 'auto', level: 23 }],
    ['auto', { codec: 'auto', level: 0 }],
  ])('a level that %s does not have is refused', (_, choice) => {
    expect(() => encodeSmallest(portableCodecs, choice, text)).toThrow(
      expect.objectContaining({ kind: 'config' }),
    )
  })

  test.each<[string, CodecChoice]>([
    ['brotli', { codec: 2 }],
    ['zstd', { codec: 4 }],
  ])('%s is refused where it cannot be written', (name, choice) => {
    expect(() => encodeSmallest(portableCodecs, choice, text)).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining(name) }),
    )
  })
})
