import { expect, test } from 'vitest'
import { formatsOf } from './format.ts'

const english = formatsOf('en-GB')

test.each([
  [0, '0 bytes'], [1, '1 byte'], [999, '999 bytes'], [1000, '1 kB'], [1_530_000, '1.5 MB'], [250_400_000_000, '250 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(english.bytes(bytes)).toBe(text)
})

test.each([
  [0, '0 ms'], [412, '412 ms'], [4200, '4.2 secs'], [180_000, '3 mins'], [3_600_000, '1 hr'], [7 * 86_400_000, '1 wk'],
])('%d milliseconds are %s', (ms, text) => {
  expect(english.duration(ms)).toBe(text)
})

test('ids are cut and times are those of who reads, in what the handler says', () => {
  const id = 'ab'.repeat(32)
  expect(english.text(`the next one kept: ${id} of 2026-01-02T03:04:05.678Z`)).toMatch(/^the next one kept: abababab of \d+ Jan 2026, \d\d:\d\d$/)
})

test('what costs next to nothing says so', () => {
  expect(english.money(0.0001, 'EUR')).toBe('< €0.01')
  expect(english.money(12.5, 'EUR')).toBe('€12.50')
})

test('another language has other words', () => {
  expect(formatsOf('de').ago(1000, 1000 + 3 * 3_600_000)).toBe('vor 3 Stunden')
})
