import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fields, checkClearLength, parseFields, readFields } from './fields.ts'
import { utf8 } from './text.ts'

const record = parseFields(
  '{"text":"a","empty":"","null":null,"number":7,"texts":["a","b"],"object":{"inner":1},' +
    '"objects":[{"inner":1},{"inner":2}],"mixed":[{"inner":1},2]}',
  'thing',
)

test('fields of the right type are read', () => {
  expect(record.text('text')).toBe('a')
  expect(record.text('empty')).toBe('')
  expect(record.optionalText('text')).toBe('a')
  expect(record.optionalText('null')).toBeNull()
  expect(record.optionalText('missing')).toBeNull()
  expect(record.number('number')).toBe(7)
  expect(record.number('number', 7, 7)).toBe(7)
  expect(record.texts('texts')).toEqual(['a', 'b'])
  expect(record.object('object').number('inner')).toBe(1)
  expect(record.objects('objects').map((each) => each.number('inner'))).toEqual([1, 2])
  expect([record.has('text'), record.has('null'), record.has('missing'), record.has('toString')]).toEqual([
    true,
    false,
    false,
    false,
  ])
})

describe('a field that does not fit is refused, and the message names record and field:', () => {
  test.each<[string, (fields: Fields) => unknown]>([
    ['text that is a number', (fields) => fields.text('number')],
    ['text that is missing', (fields) => fields.text('missing')],
    ['text that every object inherits', (fields) => fields.text('constructor')],
    ['optional text that is a number', (fields) => fields.optionalText('number')],
    ['a number that is text', (fields) => fields.number('text')],
    ['a number below its least', (fields) => fields.number('number', 8)],
    ['a number above its greatest', (fields) => fields.number('number', 0, 6)],
    ['texts that are objects', (fields) => fields.texts('objects')],
    ['texts that are one text', (fields) => fields.texts('text')],
    ['an object that is an array', (fields) => fields.object('objects')],
    ['an object that is null', (fields) => fields.object('null')],
    ['objects that are one object', (fields) => fields.objects('object')],
    ['objects of which one is a number', (fields) => fields.objects('mixed')],
  ])('%s', (_, read) => {
    expect(() => read(record)).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringMatching(/thing.*"/) }),
    )
  })

  test.each(['0.5', '-1', '1e300', '9007199254740992', '"1"', 'null', 'true', '[1]'])(
    'a number that is %s',
    (value) => {
      const fields = parseFields(`{"number":${value}}`, 'thing')
      expect(() => fields.number('number')).toThrow(expect.objectContaining({ kind: 'corrupt' }))
    },
  )
})

describe('what is not a JSON object is refused:', () => {
  test.each([
    '',
    '{',
    'null',
    '1',
    '"a"',
    '[]',
    '{}{}',
    '\uFEFF{}',
    "{'a':1}",
    '{"a":1,}',
    'NaN',
    `${'['.repeat(200_000)}`,
  ])('%.20s', (text) => {
    expect(() => readFields(utf8(text), 'thing')).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  test('bytes that are no text', () => {
    expect(() => readFields(Uint8Array.of(0x7b, 0xff, 0x7d), 'thing')).toThrow(
      expect.objectContaining({ kind: 'corrupt' }),
    )
  })
})

test('no part of a text that is not JSON gets into the error: it may be keys', () => {
  let caught: unknown
  try {
    parseFields('{"units":"c2VjcmV0"', 'key ring')
  } catch (error) {
    caught = error
  }
  expect(caught).toMatchObject({ kind: 'corrupt' })
  expect(inspect(caught, { depth: 9 })).not.toContain('c2VjcmV0')
})

test('any JSON object is read, and its own names say nothing about what others have', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const fields = parseFields(JSON.stringify(value), 'thing')
      for (const name of Object.keys(value)) expect(fields.has(name)).toBe(value[name] !== null)
    }),
  )
})

test('clear text of more than 1 MiB is refused before it is looked at', () => {
  expect(() => checkClearLength(new Uint8Array(1024 * 1024), 'thing')).not.toThrow()
  expect(() => checkClearLength(new Uint8Array(1024 * 1024 + 1), 'thing')).toThrow(
    expect.objectContaining({ kind: 'corrupt' }),
  )
})
