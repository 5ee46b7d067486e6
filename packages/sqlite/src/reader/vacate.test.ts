import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { count, journals } from '../../test/restores.ts'
import { openDatabase, query, rows, workspace } from '../../test/snapshots.ts'
import { copyThrough } from './safety-copy.ts'
import { vacate } from './vacate.ts'

test.each(journals)('in mode %s, nobody can write while what is there is kept', async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `PRAGMA journal_mode = ${journal}; ${rows(1000, 100)}`).close()
  const outcomes: string[] = []
  const write = (): void => {
    const app = openDatabase(path, 'PRAGMA busy_timeout = 0')
    try {
      app.exec("INSERT INTO t VALUES (77777, 'late')")
      outcomes.push('written')
    } catch (error) {
      outcomes.push((error as Error).message)
    } finally {
      app.close()
    }
  }
  await vacate({ path, driver: 'node', busyTimeoutMs: 0 }, async (database) => {
    write()
    await copyThrough(database, path, place.file('safe.db'))
    write()
  })
  expect(outcomes).toEqual(['database is locked', 'database is locked'])
  expect(query(place.file('safe.db'), count)).toEqual([{ n: 1000 }])
  expect(existsSync(`${path}-wal`)).toBe(false)
  expect(query(path, count)).toEqual([{ n: 1000 }])
})

test('what could not be kept is not vacated', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(100, 100)}`).close()
  const failing = vacate({ path, driver: 'node', busyTimeoutMs: 0 }, async () => {
    throw new Error('the disk is full')
  })
  await expect(failing).rejects.toThrow('the disk is full')
  expect(query(path, count)).toEqual([{ n: 100 }])
})
