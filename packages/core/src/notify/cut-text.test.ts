import { expect, test } from 'vitest'
import { cutText, oneLine, utf8Length } from './cut-text.ts'

test.each([
  ['short', 10, 'short'],
  ['exactly ten', 11, 'exactly ten'],
  ['some more than that', 10, 'some more…'],
  ['some words', 6, 'some…'],
  ['🇩🇪🇫🇷🇮🇹', 9, '🇩🇪🇫🇷…'],
  ['👩‍👩‍👧family', 6, '…'],
  ['ae\u0301xyz', 4, 'ae\u0301…'],
])('%j in %i is %j', (text, most, cut) => {
  expect(cutText(text, most)).toBe(cut)
  expect(cutText(text, most).length).toBeLessThanOrEqual(most)
})

test('bytes can be what counts', () => {
  const cut = cutText('ééééé', 8, utf8Length)
  expect(cut).toBe('éé…')
  expect(utf8Length(cut)).toBe(7)
})

test('a line is one line whatever was in it', () => {
  expect(oneLine(' a\r\nBcc: b\u0000\u2028c\u0085d\t ')).toBe('a Bcc: b c d')
})
