import { posix } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathOf, pathProblem, textOf } from './names.ts'

test('any bytes become text and the same bytes again, through JSON too', () => {
  const names = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text)))
  fc.assert(
    fc.property(names, (name) => {
      const text = JSON.parse(JSON.stringify(textOf(name))) as string
      expect(Buffer.from(pathOf(text))).toEqual(Buffer.from(name))
    }),
    { numRuns: 2000 },
  )
})

test('different bytes are different texts', () => {
  const name = fc.uint8Array({ minLength: 1, maxLength: 6 })
  fc.assert(fc.property(name, name, (one, other) => {
    expect(textOf(one) === textOf(other)).toBe(Buffer.compare(one, other) === 0)
  }))
})

// As Python 3 does it: os.fsdecode(b'a\xff\xc3\xa9\xc3') with a UTF-8 locale.
test('bytes that are no UTF-8 stand as PEP 383 says', () => {
  expect(textOf(Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0xc3]))).toBe('a\udcff\u00e9\udcc3')
  expect(textOf(Buffer.from([0xed, 0xa0, 0x80]))).toBe('\udced\udca0\udc80')
})

test.each(['', '/', '/etc/passwd', '..', '../x', 'a/../../x', 'a/..', './a', 'a/./b', 'a//b', 'a/', 'a\0b', 'a\ud800', '\udc00'])('%j leads elsewhere, or nowhere', (path) => {
  expect(pathProblem(path)).toBeDefined()
})

test.each(['C:\\x', 'a\\..\\b', 'c:x', 'file:stream'])('%j does so on Windows', (path) => {
  expect(pathProblem(path, true)).toBeDefined()
  expect(pathProblem(path, false)).toBeUndefined()
})

test('a path that is not refused stays in its folder', () => {
  const piece = fc.constantFrom('..', '.', '', 'a', 'b c', '...', '\n', '\u00e9', '\udc80', '-', '~')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const path = pieces.join('/')
      if (pathProblem(path, false) !== undefined) return
      const full = posix.resolve('/tree', path)
      expect(full === '/tree' || full.startsWith('/tree/')).toBe(true)
      expect(full).toBe(path === '.' ? '/tree' : `/tree/${path}`)
    }),
  )
})
