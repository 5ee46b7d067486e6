import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Codec, CodecTable } from '../contract/codec.ts'
import { encodeSmallest } from '../codec/auto.ts'
import { portableCodecs } from '../codec/table.ts'
import { plains } from '../testing/codec-suite-samples.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { nodeCodecs } from './codecs.ts'

const MiB = 1024 * 1024

/** Pairs of a codec that writes and one that reads, on different runtimes. */
function pairs(from: CodecTable, to: CodecTable): (readonly [string, Codec, Codec])[] {
  return Object.values(from)
    .map((writer) => [writer.name, writer, to[writer.id]] as const)
    .filter(([, writer, reader]) => writer.encode && reader.decode)
}

/** Bytes with as much repetition as there is in real data, and as little. */
const anything = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 25,
  })
  .map((parts) =>
    Uint8Array.from(
      parts.flatMap(([bytes, times]) => Array.from({ length: times }, () => [...bytes]).flat()),
    ),
  )

test('both directions are tested for every codec that both runtimes have', () => {
  expect(pairs(nodeCodecs, portableCodecs).map(([name]) => name)).toEqual(['store', 'gzip', 'lz4', 'zstd'])
  expect(pairs(portableCodecs, nodeCodecs).map(([name]) => name)).toEqual(['store', 'gzip', 'lz4'])
})

describe.each([
  ['encoded on Node, decoded in plain JavaScript', pairs(nodeCodecs, portableCodecs)],
  ['encoded in plain JavaScript, decoded on Node', pairs(portableCodecs, nodeCodecs)],
])('%s', (_, all) => {
  test.each(all)('%s: every edge case', (_name, writer, reader) => {
    for (const { name, plain } of plains()) {
      const stored = writer.encode!(plain).slice()
      expect([name, Buffer.compare(reader.decode!(stored, plain.length), plain)]).toEqual([name, 0])
    }
  })

  test.each(all)('%s: whole segments, and one byte more or less', (_name, writer, reader) => {
    const random = seededRandom(8)
    const source = Uint8Array.from({ length: MiB + 1 }, (_unused, at) =>
      (at >> 9) % 5 ? (at * at) >> 7 : random.below(256),
    )
    for (const length of [MiB - 1, MiB, MiB + 1]) {
      const plain = source.subarray(0, length)
      expect(Buffer.compare(reader.decode!(writer.encode!(plain).slice(), length), plain)).toBe(0)
    }
  })

  test.each(all)('%s: any input, at any level', (_name, writer, reader) => {
    const { min, max } = writer.levels
    fc.assert(
      fc.property(anything, fc.integer({ min, max }), (plain, level) => {
        expect(reader.decode!(writer.encode!(plain, level).slice(), plain.length)).toEqual(plain)
      }),
      { numRuns: 150 },
    )
  })
})

test('what auto chooses on one runtime is read by the other', () => {
  fc.assert(
    fc.property(anything, (plain) => {
      for (const [from, to] of [
        [nodeCodecs, portableCodecs],
        [portableCodecs, nodeCodecs],
      ] as const) {
        const { id, stored } = encodeSmallest(from, { codec: 'auto' }, plain)
        expect(to[id].decode!(stored, plain.length)).toEqual(plain)
      }
    }),
  )
})
