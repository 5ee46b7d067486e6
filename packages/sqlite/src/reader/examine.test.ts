import { openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openDatabase, rows, workspace } from '../../test/snapshots.ts'
import { connector } from './driver.ts'
import { examine } from './examine.ts'
import { warmUp } from './warm-up.ts'

test.each(['node', 'better-sqlite3'] as const)('%s has at hand what it has read once', async (driver) => {
  using place = workspace()
  openDatabase(place.file('store.db'), rows(100, 100)).close()
  const connect = await connector(driver)
  const connection = connect(place.file('store.db'), { readOnly: true, busyTimeoutMs: 0 })
  const atHand = (): unknown[] => ['mmap_size', 'cache_size'].map((name) => connection.rows(`PRAGMA ${name}`))
  expect(atHand()).not.toEqual([[[0x7fff_0000]], [[-65_536]]])
  expect(examine(connection, 'full')).toEqual({ findings: [] })
  expect(atHand()).toEqual([[[0x7fff_0000]], [[-65_536]]])
  connection.close()
})

test('a database whose schema cannot be read is a finding', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(100, 100)).close()
  writeFileSync(path, readFileSync(path).fill(0xff, 100, 4096))
  const connect = await connector('node')
  const connection = connect(path, { readOnly: true, busyTimeoutMs: 0 })
  expect(examine(connection, 'quick').findings).toEqual([expect.stringContaining('malformed')])
  connection.close()
})

test('a file is read to its end before it is checked, unless it would not fit into memory', () => {
  using place = workspace()
  const path = place.file('some.db')
  writeFileSync(path, new Uint8Array(9_000_000))
  const [byte, read, left] = [new Uint8Array(1), openSync(path, 'r'), openSync(path, 'r')]
  warmUp(read, 9_000_000)
  warmUp(left, Number.MAX_SAFE_INTEGER)
  expect(readSync(read, byte, 0, 1, null)).toBe(0)
  expect(readSync(left, byte, 0, 1, null)).toBe(1)
})
