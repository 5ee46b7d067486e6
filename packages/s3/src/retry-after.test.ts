import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = Date.parse('2031-12-31T23:59:00Z')

test.each([
  ['0', 0],
  ['7', 7_000],
  ['400', 400_000],
  ['Wed, 31 Dec 2031 23:59:30 GMT', 30_000],
  ['Wed, 31 Dec 2031 23:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('%j means %j milliseconds', (header, wanted) => {
  expect(retryAfterMs(header, now)).toBe(wanted)
})
