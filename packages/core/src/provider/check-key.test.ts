import { describe, expect, test } from 'vitest'
import { BackupError } from '../errors.ts'
import { checkKey, checkPrefix, isKey } from './check-key.ts'

const legal = [
  'format/v1/0a',
  'packs/0a/0a9f',
  'commits/202611/21t090300123z-0a',
  'restore/1/restore.mjs',
  'a/b/c..d',
  `a/b/${'c'.repeat(96)}`,
]

const illegal = [
  '',
  'packs',
  'packs/0a',
  'packs/0a/',
  'packs//name',
  '/packs/0a/x',
  'packs/0a/x/y',
  'packs/0A/x',
  'packs/0a/.hidden',
  'packs/../x',
  '../0a/x',
  './0a/x',
  'packs/0a/-x',
  'packs/0a/x y',
  'packs/0a/x\n',
  'packs\\0a\\x',
  'packs/0a/é',
  'packs/0a/x\0',
  `a/b/${'c'.repeat(97)}`,
]

describe('a key', () => {
  test.each(legal)('%j is legal', (key) => {
    expect(isKey(key)).toBe(true)
    expect(() => checkKey(key, 'local')).not.toThrow()
  })

  test.each(illegal)('%j is refused as config', (key) => {
    expect(isKey(key)).toBe(false)
    expect(() => checkKey(key, 'local')).toThrow(
      expect.objectContaining({ kind: 'config', plugin: 'local', key }),
    )
  })

  test('that is no text at all is refused as config', () => {
    expect(() => checkKey(undefined as never, 'local')).toThrow(BackupError)
  })
})

describe('a prefix', () => {
  test.each(legal)('may be any beginning of %j', (key) => {
    for (let length = 0; length <= key.length; length++) {
      expect(() => checkPrefix(key.slice(0, length), 'local')).not.toThrow()
    }
  })

  test.each(['/', '.', '..', '../', 'packs//', 'packs/0a/x/', 'PACKS/', 'packs/.', 'packs/0a/ '])(
    '%j is refused as config',
    (prefix) => {
      expect(() => checkPrefix(prefix, 'local')).toThrow(
        expect.objectContaining({ kind: 'config', key: prefix }),
      )
    },
  )
})
