import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fs from 'node:fs/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { durableFolders } from './durable-folders.ts'

vi.mock('node:fs/promises', { spy: true })

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'backup-folders-'))
  vi.clearAllMocks()
})

afterEach(() => rm(root, { recursive: true }))

/** Folders that were opened, which is done only to sync them. */
const synced = (): string[] => vi.mocked(fs.open).mock.calls.map(([path]) => String(path).slice(root.length))

test('creates folders one below the other and makes each durable in the one above', async () => {
  await durableFolders(root, true).ensure(join(root, 'packs/0a'))
  expect(await readdir(root, { recursive: true })).toEqual(['packs', 'packs/0a'])
  expect(synced()).toEqual(['', '/packs'])
})

test('creates a folder once, however many wait for it', async () => {
  const folders = durableFolders(root, true)
  const folder = join(root, 'packs/0a')
  await Promise.all(Array.from({ length: 10 }, () => folders.ensure(folder)))
  await folders.ensure(folder)
  expect(vi.mocked(fs.mkdir).mock.calls.length).toBe(2)
  expect(synced()).toEqual(['', '/packs'])
})

test('creates a folder again after it was forgotten', async () => {
  const folders = durableFolders(root, true)
  const folder = join(root, 'packs/0a')
  await folders.ensure(folder)
  await rm(join(root, 'packs'), { recursive: true })
  folders.forget()
  await folders.ensure(folder)
  expect(await readdir(join(root, 'packs'))).toEqual(['0a'])
})

test('never creates the root, and tries again after a failure', async () => {
  const gone = join(root, 'unmounted')
  const folders = durableFolders(gone, true)
  await expect(folders.ensure(join(gone, 'packs/0a'))).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await readdir(root)).toEqual([])
  await fs.mkdir(gone)
  await folders.ensure(join(gone, 'packs/0a'))
  expect(await readdir(gone)).toEqual(['packs'])
})

test('shares one sync among all who came after the running one began', async () => {
  const folders = durableFolders(root, true)
  await Promise.all(Array.from({ length: 20 }, () => folders.sync(root)))
  expect(synced()).toEqual([''])
  const first = folders.sync(root)
  await Promise.resolve()
  await Promise.resolve()
  await Promise.all([first, ...Array.from({ length: 20 }, () => folders.sync(root))])
  expect(synced()).toEqual(['', '', ''])
})

test('a sync that fails does not spoil the next one', async () => {
  const folders = durableFolders(root, true)
  await expect(folders.sync(join(root, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' })
  await fs.mkdir(join(root, 'missing'))
  await folders.sync(join(root, 'missing'))
})

test('syncs nothing when that was not asked for', async () => {
  const folders = durableFolders(root, false)
  await folders.ensure(join(root, 'packs/0a'))
  await folders.sync(root)
  expect(synced()).toEqual([])
})
