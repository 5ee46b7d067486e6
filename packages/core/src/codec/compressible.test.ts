import { expect, test } from 'vitest'
import { seededRandom } from '../testing/seeded-random.ts'
import { looksCompressible, spread } from './compressible.ts'

const random = seededRandom(5)
const length = 1_048_576
const noise = (): Uint8Array => random.bytes(length)
const base64 = (): Uint8Array => noise().map((byte) => 32 + (byte & 63))

function halves(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = first.slice()
  joined.set(second.subarray(length / 2), length / 2)
  return joined
}

test.each([
  ['zeros', new Uint8Array(length)],
  ['six of eight bits, without repetition', base64()],
  ['even bytes in short repetitions', Uint8Array.from({ length }, (_, at) => at)],
  ['noise, then zeros', halves(noise(), new Uint8Array(length))],
  ['zeros, then noise', halves(new Uint8Array(length), noise())],
])('worth trying: %s', (_, plain) => {
  expect(looksCompressible(plain)).toBe(true)
})

test('not worth trying: noise, wherever it is looked at', () => {
  for (let times = 0; times < 20; times++) {
    expect(looksCompressible(noise().subarray(0, length - times * 1001))).toBe(false)
  }
})

test('a little is always worth trying', () => {
  expect(looksCompressible(random.bytes(1000))).toBe(true)
})

test('pieces come from the whole length, both ends included', () => {
  const plain = Uint8Array.from({ length: 1000 }, (_, at) => at >> 2)
  expect(spread(plain, 3, 2)).toEqual(Uint8Array.of(0, 0, 124, 125, 249, 249))
})
