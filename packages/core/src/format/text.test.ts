import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64, equalBytes, fromUtf8, hex, joinBytes, unbase64, unhex, utf8, viewOf } from './text.ts'

const bytes = fc.uint8Array({ maxLength: 100 })

describe('bytes come back from', () => {
  test('hex', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(unhex(hex(value), value.length)).toEqual(value)
      }),
    )
  })

  test('base64, also where they are many', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(unbase64(base64(value))).toEqual(value)
      }),
    )
    const many = new Uint8Array(300_001).fill(0xfb)
    expect(unbase64(base64(many))).toEqual(many)
  })

  test('UTF-8, for every text that has some', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(fromUtf8(utf8(text))).toBe(text)
      }),
    )
  })
})

test('there is one spelling for each value', () => {
  expect(hex(Uint8Array.of(0, 10, 255))).toBe('000aff')
  expect(base64(Uint8Array.of(0xfb, 0xff))).toBe('+/8=')
})

describe('what is no spelling is refused:', () => {
  test.each([
    ['too short', '00', 2],
    ['too long', '000000', 2],
    ['capitals', '00AA', 2],
    ['other characters', '0g00', 2],
    ['a sign', '-100', 2],
    ['blanks', '00 0', 2],
  ])('hex that is or has %s', (_, text, length) => {
    expect(() => unhex(text, length)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  test.each([
    ['no padding', '+/8'],
    ['the alphabet for addresses', '-_8='],
    ['a line break', '+/8=\n'],
    ['blanks', '+ /8='],
    ['bits that belong to no byte', '+/9='],
    ['other characters', 'é==='],
    ['padding alone', '===='],
  ])('base64 with %s', (_, text) => {
    expect(() => unbase64(text)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  test.each([
    ['a byte that begins nothing', [0xff]],
    ['a character that is cut short', [0xe2, 0x82]],
    ['a longer form than needed', [0xc0, 0xaf]],
    ['half a surrogate pair', [0xed, 0xa0, 0x80]],
  ])('UTF-8 with %s', (_, value) => {
    expect(() => fromUtf8(Uint8Array.from(value))).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })
})

test('a byte order mark is kept, so that JSON with one is refused', () => {
  expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b))).toBe('\uFEFF{')
})

test('bytes are equal when all of them are', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(equalBytes(a, a.slice())).toBe(true)
      expect(equalBytes(a, b)).toBe(hex(a) === hex(b))
    }),
  )
})

test('parts are joined in their order', () => {
  expect(joinBytes(Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3))).toEqual(Uint8Array.of(1, 2, 3))
})

test('a view sees its bytes alone, wherever they lie', () => {
  const view = viewOf(Uint8Array.of(9, 1, 2, 9).subarray(1, 3))
  expect(view.getUint16(0, true)).toBe(0x0201)
  expect(() => view.getUint16(1, true)).toThrow(RangeError)
})
