import { createCipheriv, createHash } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { BackupError } from '../../errors.ts'
import { createFingerprint, fingerprintBytes, type Fingerprint } from './fingerprint.ts'
import type { Kernel } from './kernel.ts'
import { plainKernel } from './plain-kernel.ts'
import { wasmKernel } from './wasm-kernel.ts'

const key = sample('key', 32)
const page = sample('page', 512)

test('this runtime has the fast kernel', () => {
  expect(wasmKernel()).toBeDefined()
})

describe.each([
  ['wasm', (): Kernel => wasmKernel() ?? expect.unreachable()],
  ['plain', plainKernel],
])('the %s kernel', (_, kernel) => {
  const sizes = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 513, 1000, 4097, 65535]

  test.each(sizes)('agrees with the definition on pages of %i bytes', (pageBytes) => {
    const block = sample(`size ${pageBytes}`, 3 * pageBytes)
    expect(print(kernel(), block, pageBytes)).toEqual(defined(block, pageBytes))
  })

  test.each([1, 31, 32, 33, 511])('agrees with the definition on a last page of %i bytes', (length) => {
    const block = sample(`last ${length}`, 2 * 512 + length)
    expect(print(kernel(), block, 512)).toEqual(defined(block, 512))
  })

  test.each([4096, 65536])('is exact where all products of %i bytes are at their largest', (pageBytes) => {
    const words = new Uint32Array(keyStream().buffer, 0, pageBytes / 4)
    const block = new Uint8Array(words.map((word) => 0xffff_ffff - word).buffer)
    expect(print(kernel(), block, pageBytes)).toEqual(defined(block, pageBytes))
  })

  test('agrees with the definition on more pages than fit into its memory at once', () => {
    const block = sample('large', 3 * 2 ** 20)
    const prints = print(kernel(), block, 512)
    for (const nth of [0, 511, 512, 4095, 4096, 6143]) {
      expect(at(prints, nth)).toEqual(defined(block.subarray(nth * 512, (nth + 1) * 512), 512))
    }
    expect(new Set(split(prints)).size).toBe(6144)
  })

  test('carries nothing from one call into the next', () => {
    const fingerprint = createFingerprint(key, kernel())
    const short = sample('short', 700)
    const before = run(fingerprint, short, 512)
    run(fingerprint, new Uint8Array(300_000).fill(0xff), 65536)
    run(fingerprint, new Uint8Array(1023).fill(0xff), 1000)
    expect(run(fingerprint, short, 512)).toEqual(before)
    expect(before).toEqual(defined(short, 512))
  })

  test('hashes what was read into its buffer, wherever it lies there, and leaves it as it is', () => {
    const fingerprint = createFingerprint(key, kernel())
    const block = sample('buffer', 10_000)
    for (const start of [0, 1, 24, fingerprint.buffer.length - block.length]) {
      fingerprint.buffer.set(block, start)
      const there = fingerprint.buffer.subarray(start, start + block.length)
      expect(run(fingerprint, there, 4096)).toEqual(defined(block, 4096))
      expect(there).toEqual(block)
    }
  })

  test('leaves the buffer alone when pages lie elsewhere', () => {
    const fingerprint = createFingerprint(key, kernel())
    fingerprint.buffer.fill(0x5a)
    run(fingerprint, sample('elsewhere', 1_000_001), 4096)
    expect(fingerprint.buffer.every((byte) => byte === 0x5a)).toBe(true)
  })
})

test('a kernel hashes all of a full buffer', () => {
  const fingerprint = createFingerprint(key)
  fingerprint.buffer.set(sample('full', fingerprint.buffer.length))
  expect(run(fingerprint, fingerprint.buffer, 512)).toEqual(run(fingerprint, fingerprint.buffer.slice(), 512))
})

test('every single bit of a page shows in both halves', () => {
  const fingerprint = createFingerprint(key)
  const before = halves(run(fingerprint, page, 512))
  const unseen: number[] = []
  for (let bit = 0; bit < 512 * 8; bit++) {
    const after = halves(run(fingerprint, flipped(page, bit), 512))
    if (after[0] === before[0] || after[1] === before[1]) unseen.push(bit)
  }
  expect(unseen).toEqual([])
})

test('a flipped bit reaches a good part of the fingerprint, and no bit of it stands still', () => {
  const fingerprint = createFingerprint(key)
  const [first = 0n, second = 0n] = halves(run(fingerprint, page, 512))
  const changes = Array.from({ length: 128 }, () => 0)
  for (let bit = 0; bit < 512 * 8; bit++) {
    const [a = 0n, b = 0n] = halves(run(fingerprint, flipped(page, bit), 512))
    const difference = (a ^ first) | ((b ^ second) << 64n)
    for (const [nth, count] of changes.entries()) {
      changes[nth] = count + Number((difference >> BigInt(nth)) & 1n)
    }
  }
  const mean = changes.reduce((sum, count) => sum + count, 0) / (512 * 8)
  // A flip adds 2^b times a random word of 32 bits to each half: about 17 bits change in each.
  expect(mean).toBeGreaterThan(30)
  expect(mean).toBeLessThan(40)
  expect(Math.min(...changes)).toBeGreaterThan(0)
})

test.each([
  ['words within a half group', 0, 4, 4],
  ['the factors of a product', 0, 16, 4],
  ['the halves of a group', 0, 16, 16],
  ['neighbouring groups', 0, 32, 32],
  ['distant groups', 64, 448, 32],
])('sees that %s changed places', (_, a, b, length) => {
  const moved = page.slice()
  moved.set(page.subarray(a, a + length), b)
  moved.set(page.subarray(b, b + length), a)
  const [before, after] = [page, moved].map((bytes) => halves(print(undefined, bytes, 512)))
  expect(after?.[0]).not.toBe(before?.[0])
  expect(after?.[1]).not.toBe(before?.[1])
})

test('fingerprints follow the order of the pages, and equal pages have equal ones', () => {
  const [a, b] = [sample('a', 512), sample('b', 512)]
  const [printA, printB] = [print(undefined, a, 512), print(undefined, b, 512)]
  expect(print(undefined, join([a, b, a]), 512)).toEqual(join([printA, printB, printA]))
  expect(printA).not.toEqual(printB)
})

test('pages of zeros differ when their lengths do', () => {
  const prints = [512, 511, 480, 32, 31, 1].map((length) => print(undefined, new Uint8Array(length), 512))
  expect(new Set(prints.flatMap(split)).size).toBe(6)
})

test('another key gives other fingerprints', () => {
  const one = run(createFingerprint(key), page, 512)
  const other = run(createFingerprint(flipped(key, 0)), page, 512)
  expect(halves(other)[0]).not.toBe(halves(one)[0])
  expect(halves(other)[1]).not.toBe(halves(one)[1])
})

test('writes to its own part of the output only, and counts the pages', () => {
  const out = new Uint8Array(100).fill(7)
  expect(createFingerprint(key).pages(sample('part', 600), 512, out, 33)).toBe(2)
  expect(out.subarray(33, 65)).toEqual(defined(sample('part', 600), 512))
  expect([...out.subarray(0, 33), ...out.subarray(65)].every((byte) => byte === 7)).toBe(true)
})

test('an empty block has no pages', () => {
  expect(createFingerprint(key).pages(new Uint8Array(0), 4096, new Uint8Array(0), 0)).toBe(0)
})

test.each([511, 65537, 0, -512, 4096.5, NaN, Infinity])('refuses pages of %d bytes', (pageBytes) => {
  const out = new Uint8Array(64)
  expect(kindOf(() => createFingerprint(key).pages(page, pageBytes, out, 0))).toBe('config')
  expect(out).toEqual(new Uint8Array(64))
})

test('refuses an output that is too short before it writes to it', () => {
  const out = new Uint8Array(47)
  expect(kindOf(() => createFingerprint(key).pages(sample('two', 1024), 512, out, 16))).toBe('config')
  expect(out).toEqual(new Uint8Array(47))
})

test.each([-16, NaN])('refuses %d as a place in the output', (outOffset) => {
  const out = new Uint8Array(64)
  expect(kindOf(() => createFingerprint(key).pages(page, 512, out, outOffset))).toBe('config')
  expect(out).toEqual(new Uint8Array(64))
})

test.each([0, 31, 33])('refuses a key of %i bytes', (length) => {
  expect(kindOf(() => createFingerprint(new Uint8Array(length)))).toBe('config')
})

describe('without WebAssembly', () => {
  afterEach(() => vi.unstubAllGlobals())

  test.each([
    ['at all', undefined],
    ['that knows SIMD', { validate: () => false }],
  ])('%s, fingerprints are the same', (_, stub) => {
    const block = sample('fallback', 5000)
    const fast = run(createFingerprint(key), block, 4096)
    vi.stubGlobal('WebAssembly', stub)
    expect(wasmKernel()).toBeUndefined()
    expect(run(createFingerprint(key), block, 4096)).toEqual(fast)
  })
})

/** The definition, word by word in whole numbers of any size. */
function defined(block: Uint8Array, pageBytes: number): Uint8Array {
  const keyWords = new DataView(keyStream().buffer)
  const out: bigint[] = []
  for (let start = 0; start < block.length; start += pageBytes) {
    const { length } = block.subarray(start, start + pageBytes)
    const padded = new Uint8Array(Math.ceil(length / 32) * 32)
    padded.set(block.subarray(start, start + length))
    const words = new DataView(padded.buffer)
    for (const shift of [0, 32]) {
      const term = (i: number): bigint =>
        (BigInt(words.getUint32(i, true)) + BigInt(keyWords.getUint32(i + shift, true))) % 2n ** 32n
      let sum = BigInt(length)
      for (let i = 0; i < padded.length; i += 4) if (i % 32 < 16) sum += term(i) * term(i + 16)
      out.push(sum % 2n ** 64n)
    }
  }
  return new Uint8Array(BigUint64Array.from(out).buffer)
}

function keyStream(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(65536 + 32)))
}

function print(kernel: Kernel | undefined, block: Uint8Array, pageBytes: number): Uint8Array {
  return run(createFingerprint(key, kernel), block, pageBytes)
}

function run(fingerprint: Fingerprint, block: Uint8Array, pageBytes: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(block.length / pageBytes) * fingerprintBytes)
  fingerprint.pages(block, pageBytes, out, 0)
  return out
}

function at(prints: Uint8Array, nth: number): Uint8Array {
  return prints.slice(nth * fingerprintBytes, (nth + 1) * fingerprintBytes)
}

function split(prints: Uint8Array): string[] {
  const count = prints.length / fingerprintBytes
  return Array.from({ length: count }, (_, nth) => Buffer.from(at(prints, nth)).toString('hex'))
}

function halves(print: Uint8Array): BigUint64Array {
  return new BigUint64Array(print.slice().buffer)
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

function join(parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function kindOf(action: () => unknown): string | undefined {
  try {
    action()
  } catch (error) {
    if (BackupError.is(error)) return error.kind
    throw error
  }
  return undefined
}

/** Bytes that look random and are the same in every run. */
function sample(name: string, length: number): Uint8Array {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(name).digest())
}
