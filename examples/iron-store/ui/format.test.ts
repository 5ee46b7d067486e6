import { expect, test } from 'vitest'
import { centsOf, past } from './format.ts'

test.each([
  ['12', 1200], ['12.5', 1250], ['12,50', 1250], [' 0.07 ', 7], ['12.345', undefined], ['-1', undefined], ['', undefined], ['1e3', undefined],
])('an amount as %j is %j cents', (text, cents) => expect(centsOf(text)).toBe(cents))

test('a time in the past is told in the largest unit that fits', () => {
  const now = Date.parse('2026-03-14T12:00:00Z')
  expect(past('2026-03-14T11:57:00Z', now)).toBe('3 minutes ago')
  expect(past('2026-03-13T11:00:00Z', now)).toBe('1 day ago')
  expect(past('2026-03-14T11:59:30Z', now)).toBe('just now')
})
