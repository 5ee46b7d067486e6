import { describe, expect, test } from 'vitest'
import { bytesText, countText, durationText, leftText, rateText } from './amounts.ts'

describe('amounts are short and exact enough', () => {
  test.each([
    [0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [999_949, '999.9 kB'], [999_950, '1.0 MB'],
    [41_234_567, '41.2 MB'], [5e12, '5.0 TB'], [2e18, '2000.0 PB'],
  ])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))

  test.each([
    [4, '0.00 s'], [9_994, '9.99 s'], [9_996, '10.0 s'], [59_940, '59.9 s'], [59_960, '1 min 00 s'],
    [125_400, '2 min 05 s'], [3_599_600, '1 h 00 min'], [3_900_000, '1 h 05 min'],
  ])('%d ms are %s', (ms, text) => expect(durationText(ms)).toBe(text))

  test.each([
    [1, '1 s left'], [99_000, '99 s left'], [99_001, '2 min left'], [720_000, '12 min left'],
    [7_200_000, '2 h left'],
  ])('%d ms to go are %s', (ms, text) => expect(leftText(ms)).toBe(text))

  test.each([
    [0, '0.0 MB/s'], [8_260_000, '8.3 MB/s'], [9_950_000, '10 MB/s'], [1_204_000_000, '1204 MB/s'],
  ])('%d bytes a second are %s', (rate, text) => expect(rateText(rate)).toBe(text))

  test('counts have separators and a thing that is counted', () => expect(countText(1_234_567, 'pack')).toBe('1,234,567 packs'))
})
