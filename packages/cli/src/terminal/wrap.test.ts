import { expect, test } from 'vitest'
import { shortPath, wrap } from './wrap.ts'

test('lines break at blanks and stay within the width', () => {
  expect(wrap('one two three four', 10, '  ')).toEqual(['  one two', '  three', '  four'])
})

test('a word that is too long stays whole, and a line of its own', () => {
  expect(wrap('see /a/very/long/path now', 10, '  ')).toEqual(['  see', '  /a/very/long/path', '  now'])
})

test('an amount is not parted from its unit', () => {
  const lines = ['read', '99.1 MB, at', '67 MB/s, in', '2 min 05 s']
  expect(wrap('read 99.1 MB, at 67 MB/s, in 2 min 05 s', 12, '')).toEqual(lines)
})

test('line breaks in the text are kept', () => {
  expect(wrap('one\n\ntwo', 10, '  ')).toEqual(['  one', '', '  two'])
})

test('of a path that is too long the end is shown', () => {
  expect(shortPath('/srv/shop/store.db', 10)).toBe('…/store.db')
  expect(shortPath('store.db', 10)).toBe('store.db')
})
