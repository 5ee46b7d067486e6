import { expect, test } from 'vitest'
import { bytesText, durationText, percentText } from './words.ts'

test.each([
  [0, '0 seconds'],
  [1000, '1 second'],
  [90_000, '90 seconds'],
  [60_000, '1 minute'],
  [3 * 3_600_000, '3 hours'],
  [86_400_000, '1 day'],
  [36 * 3_600_000, '36 hours'],
  [49 * 3_600_000, '2 days'],
  [400 * 86_400_000, '400 days'],
])('%d ms are %s', (ms, words) => {
  expect(durationText(ms)).toBe(words)
})

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [1500, '1.5 kB'],
  [100e6, '100 MB'],
  [1.5e9, '1.5 GB'],
  [3e18, '3000 PB'],
])('%d bytes are %s', (bytes, words) => {
  expect(bytesText(bytes)).toBe(words)
})

test('a share is told in percent', () => {
  expect(percentText(0.805)).toBe('81 %')
})
