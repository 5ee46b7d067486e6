import type * as fs from 'node:fs'
import { existsSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { changedStore, count } from '../../test/restores.ts'
import { openDatabase, query, workspace } from '../../test/snapshots.ts'
import { replace } from './replace.ts'

const disk = vi.hoisted(() => ({ failsAt: '' as '' | 'rename' | 'folder', failed: 0 }))

vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const fail = (): never => {
    disk.failed++
    throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
  }
  return {
    ...real,
    renameSync: (from: string, to: string) => (disk.failsAt === 'rename' && to.endsWith('store.db') ? fail() : real.renameSync(from, to)),
    fsyncSync: (file: number) => (disk.failsAt === 'folder' && disk.failed === 0 && real.fstatSync(file).isDirectory() && atPlace(real) ? fail() : real.fsyncSync(file)),
  }
})

/** Only when the new one has its name: folders are flushed before that, too. */
let atPlace = (_: typeof fs): boolean => false

test.each([
  ['a rename that fails leaves the old database, and no copy beside it', 'rename', { n: 4000 }, false],
  ['a disk that does not say that the new name is there leaves the copy, and says that the old one is gone', 'folder', { n: 3000 }, true],
] as const)('%s', async (_, failsAt, rows, isAltered) => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, 'WAL')
  const app = openDatabase(path, 'PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL')
  app.close()
  const [restored, safetyCopy] = [snapshot.path, place.file('safe.db')]
  atPlace = (real) => !real.existsSync(restored)
  Object.assign(disk, { failsAt, failed: 0 })
  const done: unknown = await replace({ path, restored, safetyCopy, driver: 'node', busyTimeoutMs: 5000, overwrite: true, check: 'quick' }, () => {}).catch((error: unknown) => error)
  disk.failsAt = ''
  expect(disk.failed).toBe(1)
  const { refusal } = done as { refusal?: { altered?: true; hint?: string } }
  expect(refusal?.altered ?? false).toBe(isAltered)
  expect(existsSync(safetyCopy)).toBe(isAltered)
  expect(query(path, count)).toEqual([rows])
  expect((isAltered ? refusal?.hint : safetyCopy) ?? '').toContain(safetyCopy)
})
