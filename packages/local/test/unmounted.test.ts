import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackupProvider } from '@backup/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { local } from '../src/index.ts'
import { all, scratch, type Scratch } from './scratch.ts'

const key = 'packs/0a/there'
const body = new Uint8Array([1, 2, 3])
let place: Scratch
let provider: BackupProvider

beforeEach(async () => {
  place = await scratch()
  provider = local(place.root)
  await provider.open({ create: true })
  await provider.put('format/v1/f', body)
  await provider.put(key, body)
})

afterEach(() => place.clear())

const calls: Record<string, () => Promise<unknown>> = {
  open: () => local(place.root).open({}),
  put: () => provider.put('packs/0b/new', body),
  'put of what was there': () => provider.put(key, body),
  get: () => provider.get(key),
  stat: () => provider.stat(key),
  list: () => all(provider.list('')),
  'list of one class': () => all(provider.list('packs/')),
  delete: () => provider.delete(key),
  usage: async () => provider.usage?.(),
}

const missing = { kind: 'target-missing', plugin: 'local', retryable: false }

describe.each(Object.entries(calls))('%s', (_, call) => {
  test('finds the target missing when its folder is gone, and does not make a new one', async () => {
    const away = join(place.folder, 'away')
    await rename(place.root, away)
    await expect(call()).rejects.toMatchObject(missing)
    expect(await readdir(place.folder)).toEqual(['away'])
    await rename(away, place.root)
    await call()
  })

  test('finds the target missing when an empty mount point is in its place, and leaves that empty', async () => {
    const away = join(place.folder, 'away')
    await rename(place.root, away)
    await mkdir(place.root)
    await expect(call()).rejects.toMatchObject(missing)
    expect(await readdir(place.root)).toEqual([])
    await rm(place.root, { recursive: true })
    await rename(away, place.root)
    await call()
  })
})

describe('another target in the same place', () => {
  test('is noticed by whatever would write or find nothing', async () => {
    await rename(place.root, join(place.folder, 'away'))
    await local(place.root).open({ create: true })
    const elsewhere = { ...missing, message: expect.stringContaining('another target') }
    await expect(provider.put(key, body)).rejects.toMatchObject(elsewhere)
    await expect(provider.delete(key)).rejects.toMatchObject(elsewhere)
    await expect(provider.get(key)).rejects.toMatchObject(elsewhere)
    await expect(provider.stat(key)).rejects.toMatchObject(elsewhere)
    await expect(all(provider.list(''))).rejects.toMatchObject(elsewhere)
    expect((await readdir(place.root)).sort()).toEqual(['.backup-target', '.tmp'])
  })
})

describe('a disk that goes away while it is listed', () => {
  test('never looks like one with fewer objects', async () => {
    for (let at = 0; at < 20; at++) await provider.put(`packs/0${at % 10}/more-${at}`, body)
    const listing = (async () => {
      let seen = 0
      for await (const _ of provider.list('')) {
        if (++seen === 3) await rename(place.root, join(place.folder, 'away'))
      }
    })()
    await expect(listing).rejects.toMatchObject(missing)
  })
})

describe('a copy of a target', () => {
  test('that lost its hidden files is known by its format object', async () => {
    const copy = join(place.folder, 'copy')
    await cp(place.root, copy, { recursive: true, filter: (path) => !path.includes('/.') })
    const copied = local(copy)
    await copied.open({})
    expect(await copied.get(key)).toEqual(body)
    await copied.put('packs/0b/new', body)
    await rename(copy, join(place.folder, 'away'))
    await mkdir(copy)
    await expect(copied.put('packs/0c/new', body)).rejects.toMatchObject(missing)
    expect(await readdir(copy)).toEqual([])
  })

  test('with its marker is the same target', async () => {
    await cp(place.root, join(place.folder, 'copy'), { recursive: true })
    await rename(place.root, join(place.folder, 'away'))
    await rename(join(place.folder, 'copy'), place.root)
    await provider.put('packs/0b/new', body)
    expect(await provider.get(key)).toEqual(body)
  })
})
