import { describe, expect, test } from 'vitest'
import { BackupError } from '../../errors.ts'
import { type ProviderFixture, offersNothing, providerSuite } from '../../testing/index.ts'
import type { FolderFiles } from './folder-files.ts'
import { folderProvider } from './folder-provider.ts'

/** A disk that is a map of paths to bytes. */
interface Disk {
  readonly files: Map<string, Uint8Array>
  there: boolean
}

function filesOn(disk: Disk): FolderFiles {
  return {
    async reach(create) {
      if (create) disk.there = true
      return disk.there
    },
    async names(folder) {
      const start = folder === '' ? '' : `${folder}/`
      const below = [...disk.files.keys()].filter((path) => path.startsWith(start))
      return below.length === 0 ? undefined : [...new Set(below.map((path) => path.slice(start.length).split('/')[0]!))]
    },
    async file(path) {
      const bytes = disk.files.get(path)
      return bytes && { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) }
    },
    async write(path, body, step) {
      step(body.length)
      disk.files.set(path, body.slice())
    },
    async rename(from, to) {
      disk.files.set(to, disk.files.get(from)!)
      disk.files.delete(from)
    },
    async remove(path) {
      disk.files.delete(path)
    },
    explain: (error, doing, key) => new BackupError('permanent', `Cannot ${doing}: ${String(error)}`, { plugin: 'map', key }),
  }
}

describe('a folder on the plainest of file systems keeps the contract', () => {
  const without = offersNothing('a map has no wire and no disk', ['litter', 'leftovers'])
  const off = { 'stores nothing of a body that is not what its hash says': 'the hash is for providers that send bytes over a wire' }
  providerSuite({ describe, test }, fixture, { listedObjects: 300, without, off })
})

function fixture(): ProviderFixture {
  const disk: Disk = { files: new Map(), there: false }
  const make = (): ReturnType<typeof folderProvider> => folderProvider({ name: 'map', location: 'map:disk', files: filesOn(disk) })
  return {
    provider: make(),
    second: make,
    litter: async () => ['readme.txt', 'packs/desktop.ini', 'packs/00/Ours', '.tmp/1234'].forEach((path) => disk.files.set(path, new Uint8Array(3))),
    leftovers: async () => [...disk.files.keys()].filter((path) => path.startsWith('.tmp/')).length,
  }
}

test('what the file system throws is explained by who knows it, and leaves nothing behind', async () => {
  const disk: Disk = { files: new Map(), there: false }
  const files = filesOn(disk)
  const provider = folderProvider({ name: 'map', location: 'map:disk', files: { ...files, rename: async (from, to) => (to === 'packs/0a/x' ? Promise.reject(new Error('no')) : files.rename(from, to)) } })
  await provider.open({ create: true })
  const before = [...disk.files.keys()]
  await expect(provider.put('packs/0a/x', new Uint8Array(9))).rejects.toMatchObject({ kind: 'permanent', message: 'Cannot store packs/0a/x: Error: no', key: 'packs/0a/x' })
  expect([...disk.files.keys()]).toEqual(before)
})

test('a copy of the folder without its hidden file is known by its format object', async () => {
  const disk: Disk = { files: new Map([['format/v1/ab', new Uint8Array(9)]]), there: true }
  const provider = folderProvider({ name: 'map', location: 'map:disk', files: filesOn(disk) })
  await provider.open({})
  await provider.put('packs/0a/x', new Uint8Array(9))
  disk.files.delete('format/v1/ab')
  await expect(provider.put('packs/0a/y', new Uint8Array(9))).rejects.toMatchObject({ kind: 'target-missing' })
})
