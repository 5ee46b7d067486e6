import { expect, test } from 'vitest'
import { bestFirst, isSame } from './copies.ts'
import type { DriveFile } from './files.ts'

const good = 'a'.repeat(64)
const bad = 'b'.repeat(64)

function file(id: string, createdMs: number, more: Partial<DriveFile> = {}): DriveFile {
  return { id, name: 'x', size: 10, createdMs, trashed: false, sha256: good, ...more }
}

const ids = (files: readonly DriveFile[]): string[] => files.map(({ id }) => id)

test('what the name says comes first, however many others agree on something else', () => {
  const copies = [file('1', 1, { sha256: bad }), file('2', 2, { sha256: bad }), file('3', 3)]
  expect(ids(bestFirst(`packs/aa/${good}`, copies))[0]).toBe('3')
  expect(ids(bestFirst(`commits/203105/06t070809000z-${good}`, copies))[0]).toBe('3')
})

test('where the name says nothing, most decide, and then age', () => {
  const copies = [file('1', 1, { sha256: bad }), file('3', 3), file('2', 2)]
  expect(ids(bestFirst('restore/1/readme.txt', copies))).toEqual(['2', '3', '1'])
  expect(ids(bestFirst('restore/1/readme.txt', [file('b', 1), file('a', 1)]))).toEqual(['a', 'b'])
})

test('files are the same only when a hash says so', () => {
  const { sha256: _, ...plain } = file('1', 1)
  expect(isSame(file('1', 1), file('2', 2))).toBe(true)
  expect(isSame(file('1', 1), file('2', 2, { size: 11 }))).toBe(false)
  expect(isSame(plain, file('2', 2))).toBe(false)
  expect(isSame({ ...plain, md5: 'c' }, file('2', 2, { md5: 'c' }))).toBe(true)
  expect(isSame(plain, plain)).toBe(false)
})
