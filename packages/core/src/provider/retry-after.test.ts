import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.UTC(2030, 0, 1)

test.each([
  ['120', 120_000],
  ['0', 0],
  ['1.5', 1500],
  [' 7 ', 7000],
  ['Tue, 01 Jan 2030 00:01:00 GMT', 60_000],
  ['Mon, 31 Dec 2029 23:59:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  ['', undefined],
  [null, undefined],
  [undefined, undefined],
])('%j means %j milliseconds', (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms)
})
