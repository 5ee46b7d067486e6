import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere } from '../../test/strict-decoder.ts'
import { maxPayloadLength, pad, padme, unpad } from './padding.ts'
import { hex, unhex } from './text.ts'

const { sizes } = readVectors().padme
const payload = Uint8Array.of(1, 2, 3, 4, 5)
const padded = pad(payload, 9, 96)

test.each(sizes)('the next size that Padmé allows from %i on is %i', (length, size) => {
  expect(padme(length)).toBe(size)
})

test('Padmé never takes more than 12 %, and what it allows it leaves alone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 2 ** 40 }), (length) => {
      const size = padme(length)
      expect(size).toBeGreaterThanOrEqual(length)
      expect(size).toBeLessThanOrEqual(Math.ceil(length * 1.12))
      expect(padme(size)).toBe(size)
    }),
  )
})

test('lengths share few sizes: fewer than 900 up to a GiB', () => {
  let count = 0
  for (let size = 2; size <= 2 ** 30; size = padme(size + 1)) count++
  expect(count).toBeLessThan(900)
})

test('a payload comes back, and the whole object has a size of Padmé', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 300 }),
      fc.integer({ min: 1, max: maxPayloadLength }),
      fc.nat({ max: 10_000 }),
      (bytes, decoded, around) => {
        const whole = pad(bytes, decoded, around)
        expect(padme(around + whole.length)).toBe(around + whole.length)
        expect(unpad(whole)).toEqual({ payload: bytes, decodedLength: decoded })
      },
    ),
  )
})

test.each(readVectors().tails.cases)(
  'a payload is padded as in the vectors',
  ({ payload: text, padded: whole }) => {
    const bytes = unhex(text, text.length / 2)
    expect(hex(pad(bytes, bytes.length, 96))).toBe(whole)
    expect(unpad(unhex(whole, whole.length / 2))).toEqual({ payload: bytes, decodedLength: bytes.length })
  },
)

describe('is refused:', () => {
  test.each([
    ['less than the two lengths', padded.slice(0, 7), 'too short'],
    ['a payload that is longer than what there is', changed(0, 0xff), 'more bytes'],
    ['a payload of 4 GiB', changed(3, 0xff), 'more bytes'],
    ['padding that is not zero', changed(padded.length - 1, 1), 'not zero'],
    ['a payload that decodes to nothing', changed(4, 0), '0 bytes'],
    ['a payload that decodes to more than 64 MiB', changed(7, 4), '67108873 bytes'],
  ])('%s', (_, bytes, message) => {
    expect(() => unpad(bytes)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })
})

test('any amount of padding is taken, as long as it is zero', () => {
  expect(unpad(padded.slice(0, 8 + payload.length)).payload).toEqual(payload)
  expect(unpad(Uint8Array.from([...padded, 0, 0, 0])).payload).toEqual(payload)
})

test('damage is refused or read as something else, and nothing worse', async () => {
  const bare = padded.slice(0, 8 + payload.length)
  const { taken, refused } = await damageEverywhere({ decode: unpad }, bare)
  expect(taken).toBeGreaterThan(payload.length * 8)
  expect(refused).toBeGreaterThan(30)
})

function changed(at: number, value: number): Uint8Array {
  const bytes = padded.slice()
  bytes[at] = value
  return bytes
}
