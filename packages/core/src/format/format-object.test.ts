import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { damageEverywhere, otherwise, verdict } from '../../test/strict-decoder.ts'
import {
  type FormatObject,
  checkRequirements,
  decodeFormatObject,
  encodeFormatObject,
  suiteOf,
} from './format-object.ts'
import { fromUtf8, hex, unhex, utf8 } from './text.ts'

const { objects } = readVectors().repository
const stored = Object.entries(objects).find(([key]) => key.startsWith('format/'))![1]
const golden = unhex(stored, stored.length / 2)
const record = JSON.parse(fromUtf8(golden)) as Record<string, unknown>

const features = fc.array(fc.string(), { maxLength: 3 })
const formats: fc.Arbitrary<FormatObject> = fc.record({
  repository: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  created: fc.date({
    min: new Date('0000-01-01T00:00:00.000Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  suite: fc.constantFrom('aes-256-gcm', 'xchacha20-poly1305'),
  requires: fc.record({ read: features, write: features, delete: features }),
  restore: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}\.[a-z]{2,4}$/), fc.stringMatching(/^[0-9a-f]{64}$/), {
    noNullPrototype: true,
  }),
})

test('every format object comes back', () => {
  fc.assert(
    fc.property(formats, (format) => {
      expect(decodeFormatObject(encodeFormatObject(format))).toEqual(format)
    }),
  )
})

test('it is stored as in the vectors, and says in clear text what it is and how to restore', () => {
  expect(hex(encodeFormatObject(decodeFormatObject(golden)))).toBe(stored)
  expect(fromUtf8(golden)).toMatch(/backups?.*restore\.mjs/s)
})

test('the suite has its number', () => {
  const format = decodeFormatObject(golden)
  expect([suiteOf(format), suiteOf({ ...format, suite: 'xchacha20-poly1305' })]).toEqual([1, 2])
})

describe('a repository that needs a feature which this version does not have', () => {
  const format = decodeFormatObject(golden)
  const needing = (operation: 'read' | 'write' | 'delete'): FormatObject => ({
    ...format,
    requires: { read: [], write: [], delete: [], [operation]: ['time-travel'] },
  })

  test.each(['read', 'write', 'delete'] as const)(
    'is refused to %s, naming the feature, and to nothing else',
    (operation) => {
      const others = (['read', 'write', 'delete'] as const).filter((other) => other !== operation)
      const check = (wanted: 'read' | 'write' | 'delete') => (): void =>
        checkRequirements(needing(operation), wanted)
      expect(check(operation)).toThrow(
        expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining('"time-travel"') }),
      )
      for (const other of others) expect(check(other)).not.toThrow()
    },
  )
})

describe('a format object is refused with', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['another magic', { magic: 'backup' }, 'magic'],
    ['a version that is a text', { version: '1' }, 'version'],
    ['a version between two', { version: 1.5 }, 'version'],
    ['a repository id that is too short', { repository: 'aa' }, 'hex'],
    ['no suite', { suite: null }, 'suite'],
    ['no requirements', { requires: null }, 'requires'],
    ['requirements to read that are one text', { requires: { read: 'a', write: [], delete: [] } }, 'read'],
    ['no requirements to delete', { requires: { read: [], write: [] } }, 'delete'],
    ['restore programs without hashes', { restore: { 'restore.mjs': 'x' } }, 'restore.mjs'],
    ['no time', { created: 'now' }, 'created'],
    ['more than 1 MiB', { note: 'x'.repeat(1024 * 1024) }, '1048576'],
  ])('%s', (_, change, message) => {
    expect(() => decodeFormatObject(json({ ...record, ...change }))).toThrow(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining(message) }),
    )
  })

  test.each<[string, Record<string, unknown>, string]>([
    ['a newer version', { version: 2 }, 'version 2'],
    ['version 0', { version: 0 }, 'version 0'],
    ['a suite that nobody knows', { suite: 'rot13' }, '"rot13"'],
    ['a suite by the name of something that every object has', { suite: 'toString' }, '"toString"'],
  ])('%s, which is named', (_, change, message) => {
    expect(() => decodeFormatObject(json({ ...record, ...change }))).toThrow(
      expect.objectContaining({ kind: 'unsupported', message: expect.stringContaining(message) }),
    )
  })
})

test('fields that this version does not know are ignored', () => {
  expect(decodeFormatObject(json({ ...record, later: 1 }))).toEqual(decodeFormatObject(golden))
})

test('damage is refused or read as something else, and nothing worse', async () => {
  const compact = json(record)
  const { taken, refused } = await damageEverywhere({ decode: decodeFormatObject }, compact)
  expect(taken).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(500)
})

test('whatever stands in place of a part, the format object is taken or refused', async () => {
  let refused = 0
  for (const other of otherwise(record))
    if ((await verdict({ decode: decodeFormatObject }, json(other))) !== 'taken') refused++
  expect(refused).toBeGreaterThan(100)
})

function json(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value))
}
