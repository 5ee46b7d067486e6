import { linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createBackup, rawKey } from '@backup/core'
import { memoryProvider } from '@backup/core/testing'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { findingsIn, openDatabase, rows, workspace } from './snapshots.ts'

describe('the live place is known', () => {
  test('by whatever name', async () => {
    using place = workspace()
    const path = place.file('store.db')
    openDatabase(path, rows(5, 50)).close()
    mkdirSync(place.file('folder'))
    symlinkSync(place.folder, place.file('folder/back'))
    symlinkSync(path, place.file('link.db'))
    linkSync(path, place.file('hard.db'))
    const names = [path, join(place.folder, 'scratch', '..', 'store.db'), place.file('folder/back/store.db'), place.file('link.db'), place.file('hard.db')]
    const source = sqlite(place.file('link.db'))
    for (const name of [...names, `${path}-wal`]) expect([name, await source.isLive!(name)]).toEqual([name, true])
    for (const name of ['other.db', 'store.db2', 'folder/store.db']) expect([name, await source.isLive!(place.file(name))]).toEqual([name, false])
  })

  test('also while the database is not there, and through a link that leads nowhere', async () => {
    using place = workspace()
    symlinkSync('store.db', place.file('link.db'))
    const source = sqlite(place.file('store.db'))
    for (const name of ['store.db', 'link.db']) expect(await source.isLive!(place.file(name))).toBe(true)
  })
})

test('a drill restores, examines, counts and clears away, beside the database and not over it', async () => {
  using place = workspace()
  const path = place.file('store.db')
  const database = openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(500, 50)}`)
  symlinkSync(path, place.file('link.db'))
  const key = rawKey(new Uint8Array(32).fill(1))
  const backup = createBackup({ source: sqlite(path), providers: [memoryProvider()], keys: key, workers: 0, state: place.file('state') })
  await backup.init()
  await backup.run()
  const before = readdirSync(place.folder).sort()
  expect(await backup.drill()).toMatchObject({ ok: true, examined: true, counts: { t: 500 }, scratch: 'removed' })
  expect(await backup.drill({ to: place.file('aside.db') })).toMatchObject({ ok: true, scratch: 'removed' })
  expect(readdirSync(place.folder).sort()).toEqual(before)
  for (const to of [path, place.file('link.db')]) await expect(backup.drill({ to })).rejects.toMatchObject({ kind: 'config', key: 'to' })
  expect((await backup.drills()).map(({ outcome }) => outcome)).toEqual(['sound', 'sound', 'refused', 'refused'])
  database.exec('INSERT INTO t (text) VALUES (1)')
  database.close()
  expect(findingsIn(path)).toEqual([])
})

test('a drill on a damaged snapshot says what is damaged, and the mark stays', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(4000, 200)).close()
  const key = rawKey(new Uint8Array(32).fill(1))
  const backup = createBackup({ source: sqlite(path), providers: [memoryProvider()], keys: key, workers: 0, state: place.file('state') })
  await backup.init()
  const sound = await backup.run()
  const bytes = new Uint8Array(4096)
  const whole = readFileSync(path)
  whole.set(bytes, 40 * 4096)
  writeFileSync(path, whole)
  const { suspect, id } = await backup.run()
  expect(suspect).toEqual([expect.stringContaining('Page 41')])
  expect(await backup.drill()).toMatchObject({ ok: false, outcome: 'damaged', snapshot: { id } })
  expect(await backup.drill({ snapshot: sound.id })).toMatchObject({ ok: true })
  const marks = (await backup.snapshots()).map(({ suspect: findings, verified }) => [findings !== undefined, verified !== undefined])
  expect(marks).toEqual([[false, true], [true, false]])
})
