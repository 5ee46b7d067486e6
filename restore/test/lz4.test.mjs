import { expect, test } from 'vitest'
import { Damage, decodeLz4 } from '../restore.mjs'
import { flipBits, inputs, outcome } from './inputs.mjs'
import { encodeLz4 } from './tiny-writer.mjs'

test.each(Object.keys(inputs))('decodes %s of every size as it went in', (kind) => {
  for (const size of [0, 1, 4, 12, 13, 14, 15, 16, 19, 20, 270, 271, 1000, 65_536, 70_000, 500_000]) {
    const bytes = inputs[kind](size)
    expect(decodeLz4(encodeLz4(bytes), size).equals(bytes)).toBe(true)
  }
})

test('the encoder of these tests does compress, so matches are decoded', () => {
  expect(encodeLz4(inputs.text(65_536)).length).toBeLessThan(35_000)
  expect(encodeLz4(inputs.zeros(65_536)).length).toBeLessThan(300)
})

test('decodes a block written by hand: literals, an overlapping match, lengths of several bytes', () => {
  // "abc", then 3 + 4 + 15 + 255 bytes from three bytes ago, then "z"
  const block = Buffer.from([0x3f, 0x61, 0x62, 0x63, 3, 0, 255, 3, 0x10, 0x7a])
  expect(decodeLz4(block, 281).toString()).toBe(`${'abc'.repeat(94).slice(0, 280)}z`)
})

test.each([
  ['nothing', [], /cut short/],
  ['an offset of zero', [0x10, 0x61, 0, 0], /before its beginning/],
  ['an offset before the beginning', [0x10, 0x61, 2, 0], /before its beginning/],
  ['literals beyond the input', [0x50, 0x61], /cut short/],
  ['a length without an end', [0xf0, 255, 255], /cut short/],
  ['half an offset', [0x10, 0x61, 1], /cut short/],
  ['more literals than asked for', [0x60, 1, 2, 3, 4, 5, 6], /more than 5/],
  ['a longer match than asked for', [0x10, 0x61, 1, 0], /more than 4/, 4],
  ['fewer bytes than asked for', [0x40, 1, 2, 3, 4], /gives 4 bytes instead of 5/],
])('refuses %s', (_what, block, why, length = 5) => {
  expect(() => decodeLz4(Buffer.from(block), length)).toThrow(Damage)
  expect(() => decodeLz4(Buffer.from(block), length)).toThrow(why)
})

test('with bits turned round it ends in a refusal or in as many bytes as asked for', () => {
  let refused = 0
  for (const make of Object.values(inputs)) {
    for (const size of [40, 600, 20_000]) {
      flipBits(encodeLz4(make(size)), 300, size, (altered) => {
        const ended = outcome(() => decodeLz4(altered, size))
        expect([`${size} bytes`, 'Damage']).toContain(ended)
        if (ended === 'Damage') refused++
      })
    }
  }
  expect(refused).toBeGreaterThan(500)
})
