import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { readArguments, usage } from './arguments.ts'

test('without arguments a store database of 100 MB is made, and nothing kept', () => {
  expect(readArguments([])).toEqual({ bytes: 100e6, keep: false, deltas: false, help: false })
})

test('a path means a database of one’s own, from the folder in which the demo was started', () => {
  expect(readArguments(['data/shop.db', '--keep', '--deltas'])).toMatchObject({
    database: resolve('data/shop.db'), keep: true, deltas: true,
  })
})

test.each([
  ['5MB', 5e6], ['1.5MB', 1.5e6], ['1200kB', 1.2e6], ['2GB', 2e9], ['1000000', 1e6],
])('%s is a size', (text, bytes) => {
  expect(readArguments(['--bytes', text]).bytes).toBe(bytes)
})

test.each([
  [['a.db', 'b.db'], 'takes one database, not 2'],
  [['--fast'], "Unknown option '--fast'."],
  [['--bytes', '5 elephants'], 'must be a size'],
  [['--bytes', '10kB'], 'at least 1MB'],
  [['--bytes'], 'argument missing'],
])('%j is refused, and the usage shown', (args, why) => {
  const refused = (): unknown => readArguments(args)
  expect(refused).toThrow(why)
  expect(refused).toThrow(expect.objectContaining({ name: 'BackupError', kind: 'config', hint: usage }))
})
