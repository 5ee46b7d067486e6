import { constants, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Codec } from '../contract/codec.ts'
import { portableCodecs } from '../codec/table.ts'
import { BackupError } from '../errors.ts'
import { type SeededRandom, seededRandom } from '../testing/seeded-random.ts'
import { nodeCodecs } from './codecs.ts'

/** Streams of all shapes, damaged at random, read by two implementations that have nothing in common. */
const rounds = 120
const damagesPerStream = 25

function plainOf(random: SeededRandom): Uint8Array {
  const length = random.below(random.below(4) === 0 ? 6000 : 200)
  const kinds = [
    () => random.bytes(length),
    () => new Uint8Array(length).fill(random.below(256)),
    () => Uint8Array.from({ length }, () => 97 + random.below(4)),
    () => Uint8Array.from({ length }, (_, at) => (at % 17) * random.below(2)),
  ]
  return kinds[random.below(kinds.length)]!()
}

function gzipOf(plain: Uint8Array, random: SeededRandom): Uint8Array {
  return gzipSync(plain, {
    level: random.below(10),
    strategy: random.below(5),
    memLevel: 1 + random.below(9),
  })
}

function zstdOf(plain: Uint8Array, random: SeededRandom): Uint8Array {
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag, ZSTD_c_contentSizeFlag } = constants
  const params = {
    [ZSTD_c_compressionLevel]: [1, 3, 7, 19][random.below(4)]!,
    [ZSTD_c_checksumFlag]: random.below(2),
    [ZSTD_c_contentSizeFlag]: random.below(2),
  }
  return zstdCompressSync(plain, { params })
}

/** Most damage is done near the start, where tables are described. */
function damage(stored: Uint8Array, random: SeededRandom): Uint8Array {
  const bytes = [...stored]
  for (let times = 1 + random.below(3); times > 0 && bytes.length > 0; times--) {
    const at = random.below(random.below(2) === 0 ? bytes.length : Math.min(bytes.length, 60))
    const kind = random.below(5)
    if (kind < 2) bytes[at]! ^= 1 << random.below(8)
    if (kind === 2) bytes[at] = random.below(256)
    if (kind === 3) bytes.splice(at, 1)
    if (kind === 4) bytes.push(random.below(256))
  }
  return Uint8Array.from(bytes)
}

function verdict(codec: Codec, stored: Uint8Array, plainLength: number): Uint8Array | 'corrupt' {
  try {
    const plain = codec.decode!(stored, plainLength)
    expect(plain).toHaveLength(plainLength)
    return plain
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return 'corrupt'
    throw error
  }
}

function same(one: Uint8Array | 'corrupt', other: Uint8Array | 'corrupt'): boolean {
  if (one === 'corrupt' || other === 'corrupt') return one === other
  return Buffer.compare(one, other) === 0
}

interface Tally {
  accepted: number
  refused: number
  /** Streams that were judged as they must not be. */
  readonly wrong: string[]
}

function compare(
  id: 1 | 4,
  encode: (plain: Uint8Array, random: SeededRandom) => Uint8Array,
  agree: (native: Uint8Array | 'corrupt', portable: Uint8Array | 'corrupt') => boolean,
): Tally {
  const random = seededRandom(id)
  const tally: Tally = { accepted: 0, refused: 0, wrong: [] }
  for (let round = 0; round < rounds; round++) {
    const plain = plainOf(random)
    const stored = encode(plain, random)
    for (let times = 0; times < damagesPerStream; times++) {
      const damaged = times === 0 ? stored : damage(stored, random)
      const portable = verdict(portableCodecs[id], damaged, plain.length)
      const native = verdict(nodeCodecs[id], damaged, plain.length)
      if (!agree(native, portable)) tally.wrong.push(Buffer.from(damaged).toString('hex'))
      tally[portable === 'corrupt' ? 'refused' : 'accepted']++
    }
  }
  return tally
}

describe('damaged streams', () => {
  test('of gzip get the same verdict from zlib and from plain JavaScript', () => {
    const tally = compare(1, gzipOf, same)
    expect(tally.wrong).toEqual([])
    expect(tally.accepted).toBeGreaterThanOrEqual(rounds)
    expect(tally.refused).toBeGreaterThan(rounds)
  })

  test('of deflate get the same verdict before the checksum is looked at', () => {
    // The checksum is always wrong, so the only question is which complaint comes first.
    const random = seededRandom(77)
    const wrong: string[] = []
    let accepted = 0
    for (let round = 0; round < rounds * 10; round++) {
      const plain = plainOf(random)
      const stream = damage(
        deflateRawSync(plain, { level: random.below(10), strategy: random.below(5) }),
        random,
      )
      const bare = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, ...stream, 0, 0, 0, 0, 0, 0, 0, 0])
      new DataView(bare.buffer).setUint32(bare.length - 4, plain.length, true)
      const [native, portable] = [
        reasonOf(nodeCodecs[1], bare, plain.length),
        reasonOf(portableCodecs[1], bare, plain.length),
      ]
      if (portable !== native) wrong.push(Buffer.from(stream).toString('hex'))
      if (native === 'checksum') accepted++
    }
    expect(wrong).toEqual([])
    expect(accepted).toBeGreaterThan(20)
  })

  test('of zstd are never accepted by plain JavaScript when the reference refuses them', () => {
    const tally = compare(4, zstdOf, (native, portable) => portable === 'corrupt' || same(native, portable))
    expect(tally.wrong).toEqual([])
    expect(tally.accepted).toBeGreaterThanOrEqual(rounds)
    expect(tally.refused).toBeGreaterThan(rounds)
  })
})

/** How far a member got: `checksum` when the stream decoded to the right length and ended where it should. */
function reasonOf(codec: Codec, stored: Uint8Array, plainLength: number): 'checksum' | 'stream' {
  try {
    codec.decode!(stored, plainLength)
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return error.message.includes('checksum') ? 'checksum' : 'stream'
    throw error
  }
  return 'checksum'
}
