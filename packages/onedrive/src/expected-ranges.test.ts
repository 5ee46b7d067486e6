import { expect, test } from 'vitest'
import { firstExpected } from './expected-ranges.ts'
import { fragmentBytes } from './fragment-size.ts'

test.each([
  [['0-'], { first: 0 }],
  [['10-19', '30-'], { first: 10, last: 19 }],
  [['30-', '10-19'], { first: 10, last: 19 }],
  [['nonsense', '5-'], { first: 5 }],
  [[], undefined],
  [['-5'], undefined],
  ['0-', undefined],
  [undefined, undefined],
])('of %j the first is %o', (nextExpectedRanges, range) => {
  expect(firstExpected({ nextExpectedRanges })).toEqual(range)
})

test.each([
  [10_485_760, 1_000, 32],
  [10_485_760, 30_000, 32],
  [10_485_760, 60_000, 16],
  [10_485_760, 3_600_000, 1],
  [327_680, 30_001, 1],
])('after %i bytes in %i ms the next part has %i units of 320 KiB', (sent, tookMs, units) => {
  expect(fragmentBytes(10_485_760, sent, tookMs)).toBe(units * 320 * 1024)
})
