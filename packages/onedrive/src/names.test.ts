import { isKey } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { nameOf, partOf, pathOf, temporaryName } from './names.ts'

const hash = '0a'.repeat(32)

test.each([
  'packs',
  '0a',
  hash,
  '31t235959999z-0a',
  'restore.mjs',
  'vectors.json',
  'readme.txt',
  'format.md',
  'con-1',
  'a..b',
])('%s stays as it is, so that a plain copy of the folder is a repository', (part) => {
  expect(nameOf(part)).toBe(part)
  expect(partOf(part)).toBe(part)
})

describe('what OneDrive would refuse', () => {
  test.each([
    ['a.', 'a.='],
    ['con', 'con='],
    ['com1', 'com1='],
    ['desktop.ini', 'desktop.ini='],
    ['a_vti_b', 'a_vti=_b'],
  ])('%s is called %s, and found again', (part, name) => {
    expect(nameOf(part)).toBe(name)
    expect(partOf(name)).toBe(part)
    expect(isKey(`a/b/${name}`)).toBe(false)
  })
})

test.each(['a=', 'x=upload-0a', 'con', 'a.', '=', 'a_vti_b'])('%s is no name of ours', (name) => {
  expect(partOf(name)).toBeUndefined()
})

test('a temporary name stands for no object', () => {
  expect(partOf(temporaryName('0a01', 'abcdef'))).toBeUndefined()
  expect(partOf(temporaryName('a.', 'abcdef'))).toBeUndefined()
})

test('paths are escaped name by name', () => {
  expect(pathOf('packs/0a/a.')).toBe('packs/0a/a.%3D')
})
