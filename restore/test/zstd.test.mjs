import zlib from 'node:zlib'
import { expect, test } from 'vitest'
import { Damage, decodeZstd } from '../restore.mjs'
import { flipBits, inputs, outcome } from './inputs.mjs'

const {
  ZSTD_c_checksumFlag,
  ZSTD_c_compressionLevel,
  ZSTD_c_contentSizeFlag,
  ZSTD_c_minMatch,
  ZSTD_c_strategy,
  ZSTD_c_windowLog,
} = zlib.constants
const SIZES = [0, 1, 2, 3, 7, 8, 20, 63, 255, 256, 257, 1000, 4096, 65_535, 65_536, 131_072, 131_073, 500_000]

const compress = (bytes, level, more = {}) =>
  zlib.zstdCompressSync(bytes, { params: { [ZSTD_c_compressionLevel]: level, ...more } })

/** Whether it decodes to these bytes (toEqual on megabytes would be slow). */
const same = (bytes, compressed) => decodeZstd(compressed, bytes.length).equals(bytes)

test.each(Object.keys(inputs))(
  'decodes %s of every size and level as it went in',
  (kind) => {
    for (const size of SIZES) {
      const bytes = inputs[kind](size)
      for (const level of [-5, 1, 3, 7, 12, 19].filter((each) => size < 200_000 || each < 12)) {
        expect(same(bytes, compress(bytes, level))).toBe(true)
      }
    }
  },
)

test.each(Object.keys(inputs))('decodes 2 MiB of %s', { timeout: 60_000 }, (kind) => {
  const bytes = inputs[kind](2 * 1024 * 1024)
  for (const level of [-3, 1, 5]) expect(same(bytes, compress(bytes, level))).toBe(true)
  const part = bytes.subarray(0, 1_200_000)
  expect(same(part, compress(part, 19))).toBe(true)
})

test('decodes frames with a checksum, without a size, with small windows and with every strategy', () => {
  for (const kind of ['text', 'rows', 'skewed', 'nibbles']) {
    const bytes = inputs[kind](150_000)
    expect(same(bytes, compress(bytes, 3, { [ZSTD_c_checksumFlag]: 1 }))).toBe(true)
    expect(same(bytes, compress(bytes, 3, { [ZSTD_c_contentSizeFlag]: 0 }))).toBe(true)
    expect(same(bytes, compress(bytes, 3, { [ZSTD_c_windowLog]: 10 }))).toBe(true)
    for (let strategy = 1; strategy <= 9; strategy++) {
      const part = bytes.subarray(0, 60_000)
      expect(same(part, compress(part, 6, { [ZSTD_c_strategy]: strategy }))).toBe(true)
    }
  }
})

test('decodes a block with more than 32,512 sequences', () => {
  const bytes = inputs.triplets(131_072)
  expect(same(bytes, compress(bytes, 19, { [ZSTD_c_minMatch]: 3 }))).toBe(true)
})

const MAGIC = Buffer.from('28b52ffd', 'hex')
const block = (kind, size, bytes, last = 1) => {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (kind << 1) | last, 0, 3)
  return Buffer.concat([header, Buffer.from(bytes)])
}

test('decodes headers that encoders seldom write: a size in eight bytes, a dictionary number of zero', () => {
  const size = Buffer.alloc(8)
  size.writeUInt32LE(5)
  const wide = Buffer.concat([MAGIC, Buffer.from([0xe0]), size, block(0, 5, Buffer.from('hello'))])
  const zero = Buffer.concat([
    MAGIC,
    Buffer.from([0x23, 0, 0, 0, 0, 5]),
    block(0, 2, Buffer.from('he'), 0),
    block(1, 3, 'l'),
  ])
  expect(zlib.zstdDecompressSync(wide).toString()).toBe('hello')
  expect(decodeZstd(wide, 5).toString()).toBe('hello')
  expect(zlib.zstdDecompressSync(zero).toString()).toBe('helll')
  expect(decodeZstd(zero, 5).toString()).toBe('helll')
})

test('compares the checksum that a frame carries with what it decodes to', () => {
  // Lengths on either side of every step of XXH64.
  for (const size of [0, 1, 3, 4, 7, 8, 12, 31, 32, 33, 63, 64, 1000, 70_001]) {
    const bytes = inputs.random(size)
    const frame = compress(bytes, 3, { [ZSTD_c_checksumFlag]: 1 })
    expect(same(bytes, frame)).toBe(true)
    frame[frame.length - 1] ^= 1
    expect(() => zlib.zstdDecompressSync(frame)).toThrow(/checksum/)
    expect(() => decodeZstd(frame, size)).toThrow(/another checksum/)
  }
})

test('takes a window of 128 MiB and none that is larger, as Node does', () => {
  const hello = block(0, 5, Buffer.from('hello'))
  const frame = (log) => Buffer.concat([MAGIC, Buffer.from([0, (log - 10) << 3]), hello])
  expect(zlib.zstdDecompressSync(frame(27)).toString()).toBe('hello')
  expect(decodeZstd(frame(27), 5).toString()).toBe('hello')
  expect(() => zlib.zstdDecompressSync(frame(28))).toThrow(/memory/)
  expect(() => decodeZstd(frame(28), 5)).toThrow(/needs a window of 268435456 bytes/)
})

test.each([
  ['nothing', Buffer.alloc(0), /begin/],
  ['another format', Buffer.from('1f8b0800000000000000', 'hex'), /begin/],
  ['a dictionary', Buffer.concat([MAGIC, Buffer.from([0x21, 7, 5]), block(0, 5, 'hello')]), /dictionary/],
  ['a reserved flag', Buffer.concat([MAGIC, Buffer.from([0x28, 5]), block(0, 5, 'hello')]), /flag/],
  ['another size', Buffer.concat([MAGIC, Buffer.from([0x20, 6]), block(0, 5, 'hello')]), /not for 5 bytes/],
  ['block kind 3', Buffer.concat([MAGIC, Buffer.from([0x20, 5]), block(3, 5, 'hello')]), /block kind 3/],
  [
    'too little',
    Buffer.concat([MAGIC, Buffer.from([0x00, 0x50]), block(0, 4, 'hell')]),
    /gives 4 bytes instead of 5/,
  ],
  ['too much', Buffer.concat([MAGIC, Buffer.from([0x00, 0x50]), block(1, 6, 'h')]), /more than 5 bytes/],
  [
    'bytes after the end',
    Buffer.concat([MAGIC, Buffer.from([0x20, 5]), block(0, 5, 'hello'), Buffer.of(0)]),
    /after its end/,
  ],
])('refuses %s', (_what, frame, why) => {
  expect(() => decodeZstd(frame, 5)).toThrow(Damage)
  expect(() => decodeZstd(frame, 5)).toThrow(why)
})

test('a frame that is cut anywhere is refused', () => {
  const bytes = inputs.text(3000)
  const compressed = compress(bytes, 5)
  for (let length = 0; length < compressed.length; length++) {
    expect(() => decodeZstd(compressed.subarray(0, length), 3000)).toThrow(Damage)
  }
})

test('a frame is refused for any length but its own', () => {
  const compressed = compress(inputs.text(3000), 5, { [ZSTD_c_contentSizeFlag]: 0 })
  for (const length of [0, 1, 2999, 3001, 100_000])
    expect(() => decodeZstd(compressed, length)).toThrow(Damage)
})

test(
  'with bits turned round it ends soon, in a refusal or in as many bytes as asked for',
  () => {
    let refused = 0
    let slowest = 0
    for (const [kind, make] of Object.entries(inputs)) {
      for (const [size, level] of [
        [40, 3],
        [600, 1],
        [5000, 19],
        [30_000, 3],
      ]) {
        const bytes = make(size)
        for (const more of [{}, { [ZSTD_c_contentSizeFlag]: 0 }]) {
          flipBits(compress(bytes, level, more), 250, size + kind.length, (altered) => {
            const start = performance.now()
            const ended = outcome(() => decodeZstd(altered, size))
            slowest = Math.max(slowest, performance.now() - start)
            expect([`${size} bytes`, 'Damage']).toContain(ended)
            if (ended === 'Damage') refused++
          })
        }
      }
    }
    expect(refused).toBeGreaterThan(1000)
    expect(slowest).toBeLessThan(2000)
  },
)
