import { describe, expect, test } from 'vitest'
import type { Codec } from '../contract/codec.ts'
import { lz4 } from '../codec/lz4.ts'
import { zstd } from '../codec/zstd.ts'
import { codecSuite, type CodecSuiteOptions } from './codec-suite.ts'
import { codecVectors } from './vectors/codec-vectors.ts'

/** Runs the suite, or one test of it, and returns the names of the tests that fail. */
async function failures(codec: Codec, options?: CodecSuiteOptions, only?: string): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = []
  const api = {
    describe: (_: string, body: () => void) => body(),
    test: (name: string, body: () => Promise<void>) => tests.push([name, body]),
  }
  codecSuite(api, () => codec, options)
  const failed: string[] = []
  const chosen = tests.filter(([name]) => only === undefined || name === only)
  expect(chosen).not.toHaveLength(0)
  for (const [name, body] of chosen) await body().catch(() => failed.push(name))
  return failed
}

const encode = (plain: Uint8Array, level?: number): Uint8Array => lz4.encode!(plain, level)
const decode = (stored: Uint8Array, plainLength: number): Uint8Array => lz4.decode!(stored, plainLength)

describe('the suite', () => {
  test('passes a sound codec', async () => {
    expect(await failures(lz4)).toEqual([])
  })

  test('passes a codec that only decodes, with samples', async () => {
    expect(await failures(zstd, { samples: codecVectors('zstd') })).toEqual([])
  })

  test('refuses a codec that only decodes, without samples', () => {
    expect(() => codecSuite({ describe, test }, () => zstd)).toThrow(/samples/)
  })

  test.each<[string, string, Partial<Codec>]>([
    ['has another number', 'is known by its name and number', { id: 1 }],
    [
      'has no level between its bounds',
      'has a default level among its levels',
      { levels: { min: 1, max: 1, default: 2 } },
    ],
    ['takes any level', 'refuses levels that it does not have', { encode: (plain) => encode(plain) }],
    [
      'loses the last byte',
      'gives back what was encoded',
      {
        decode: (stored, length) => decode(stored, length).map((byte, at) => (at === length - 1 ? 0 : byte)),
      },
    ],
    [
      'reuses its result',
      'leaves earlier results alone when it decodes again',
      { decode: reusing((stored, length) => decode(stored, length)) },
    ],
    [
      'writes into its input',
      'leaves its input as it was',
      { encode: (plain, level) => encode(plain.fill(plain[0]! ^ 1, 0, 1), level) },
    ],
    [
      'looks at memory around its input',
      'works on views into larger memory',
      {
        decode: (stored, length) => decode(new Uint8Array(stored.buffer).subarray(0, stored.length), length),
      },
    ],
    [
      'pads what is too short',
      'refuses to decode to another length',
      { decode: (stored, length) => padded(() => decode(stored, length), length) },
    ],
    [
      'ignores what follows',
      'refuses bytes behind the end',
      {
        encode: (plain, level) => prefixed(encode(plain, level)),
        decode: (stored, length) => decode(prefix(stored), length),
      },
    ],
    [
      'throws whatever comes',
      'refuses what was cut short',
      {
        decode: (stored, length) => {
          try {
            return decode(stored, length)
          } catch {
            throw new RangeError('out of bounds')
          }
        },
      },
    ],
  ])('fails a codec that %s', async (_, name, fault) => {
    expect(await failures({ ...lz4, ...fault }, {}, name)).toEqual([name])
  })

  test('fails a codec whose checksum is not compared', async () => {
    expect(await failures(lz4, { checksum: true })).toContain('withstands every changed bit')
  })
})

function reusing(decoder: (stored: Uint8Array, length: number) => Uint8Array): NonNullable<Codec['decode']> {
  const memory = new Uint8Array(1024 * 1024)
  return (stored, length) => {
    memory.set(decoder(stored, length))
    return memory.subarray(0, length)
  }
}

function padded(decoder: () => Uint8Array, length: number): Uint8Array {
  try {
    return decoder()
  } catch (error) {
    if (length > 0 && length < 1_000_000) return new Uint8Array(length)
    throw error
  }
}

/** A block behind its length. */
function prefixed(block: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(block.length + 4)
  new DataView(bytes.buffer).setUint32(0, block.length, true)
  bytes.set(block, 4)
  return bytes
}

function prefix(bytes: Uint8Array): Uint8Array {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  return bytes.subarray(4, 4 + length)
}
