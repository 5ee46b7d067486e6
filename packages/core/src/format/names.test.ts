import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readVectors } from '../../scripts/build-vectors.ts'
import { BackupError } from '../errors.ts'
import {
  checkName,
  commitKey,
  formatKey,
  nameInKey,
  packKey,
  restoreKey,
  slotKey,
  timeInKey,
} from './names.ts'

const hash = 'ab'.repeat(32)
const hashes = fc.stringMatching(/^[0-9a-f]{64}$/)
const times = fc.date({
  min: new Date('0000-01-01T00:00:00.000Z'),
  max: new Date('9999-12-31T23:59:59.999Z'),
  noInvalidDate: true,
})
const keyRule = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*){2}$/

test('keys are those of the vectors', () => {
  const { time, keys } = readVectors().names
  const name = nameInKey(keys.format)!
  expect(keys).toEqual({
    format: formatKey(name),
    slots: slotKey(name),
    packs: packKey(name),
    commits: commitKey(new Date(time), name),
  })
})

test('every key obeys the rule for keys and gives its hash back', () => {
  fc.assert(
    fc.property(hashes, times, (name, time) => {
      for (const key of [formatKey(name), slotKey(name), packKey(name), commitKey(time, name)]) {
        expect(key).toMatch(keyRule)
        expect(key.length).toBeLessThanOrEqual(100)
        expect(nameInKey(key)).toBe(name)
      }
    }),
  )
  expect(restoreKey('format.md')).toBe('restore/1/format.md')
})

test('the key of a commit gives its time back, and keys sort as times do', () => {
  fc.assert(
    fc.property(times, times, hashes, hashes, (a, b, one, other) => {
      expect(timeInKey(commitKey(a, one))).toEqual(a)
      fc.pre(a.getTime() !== b.getTime())
      expect(commitKey(a, one) < commitKey(b, other)).toBe(a < b)
    }),
  )
})

test.each([
  ['an impossible month', `commits/203113/01t000000000z-${hash}`],
  ['an impossible day', `commits/203102/30t000000000z-${hash}`],
  ['an impossible hour', `commits/203101/01t240000000z-${hash}`],
  ['no time', packKey(hash)],
])('there is no time in a key with %s', (_, key) => {
  expect(timeInKey(key)).toBeUndefined()
})

test('objects of other versions are seen, so that they can be refused', () => {
  expect(nameInKey(`format/v2/${hash}`)).toBe(hash)
  expect(nameInKey(`slots/v12/${hash}`)).toBe(hash)
})

describe('somebody else’s files are ignored:', () => {
  test.each([
    ['half-copied', `${packKey(hash)}.part`],
    ['a conflict copy', `format/v1/${hash} (1)`],
    ['a conflict copy with a hash at its end', `format/v1/conflict-${hash}`],
    ['in the folder of another shard', `packs/cd/${hash}`],
    ['a pack that is not in a shard', `packs/${hash}`],
    ['too deep', `old/${packKey(hash)}`],
    ['of another class', `backup/v1/${hash}`],
    ['without a version', `format/${hash}`],
    ['in capitals', packKey(hash.toUpperCase())],
    ['a shorter hash', packKey(hash.slice(1))],
    ['a commit without a time', `commits/203101/${hash}`],
    ['a text of class restore', restoreKey('restore.mjs')],
    ['a line break behind', `${packKey(hash)}\n`],
    ['nothing', ''],
  ])('%s', (_, key) => {
    expect(nameInKey(key)).toBeUndefined()
  })
})

test('bytes without the hash in their name are damaged, and the message says which object and where', () => {
  expect(() => checkName(hash, hash, packKey(hash), 'local')).not.toThrow()
  const check = (): void => checkName(hash, 'cd'.repeat(32), packKey(hash), 'local')
  expect(check).toThrow(BackupError)
  expect(check).toThrow(
    expect.objectContaining({
      kind: 'corrupt',
      key: packKey(hash),
      plugin: 'local',
      message: expect.stringContaining('local'),
    }),
  )
})
