import { appendFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { changedBetween, lookAt } from './untouched.ts'

let folder: string
let database: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'untouched-'))
  database = join(folder, 'shop.db')
  writeFileSync(database, 'pages')
  writeFileSync(`${database}-wal`, 'frames')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('a database that was only read is untouched', async () => {
  const before = await lookAt(database)
  expect([...before.keys()]).toEqual([database, `${database}-wal`])
  expect(changedBetween(before, await lookAt(database))).toEqual([])
})

test.each<[string, string, () => void]>([
  ['a byte in the log', '-wal', () => appendFileSync(`${database}-wal`, 'x')],
  ['the time of the database', '', () => utimesSync(database, 1, 1)],
  ['a file that came', '-shm', () => writeFileSync(`${database}-shm`, '')],
  ['a file that went', '-wal', () => rmSync(`${database}-wal`)],
])('%s is noticed', async (_, suffix, change) => {
  const before = await lookAt(database)
  change()
  expect(changedBetween(before, await lookAt(database))).toEqual([database + suffix])
})
