import { expect, test } from 'vitest'
import { BackupError, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { packPrefix } from '../src/format/names.ts'
import { portableRuntime } from '../src/portable/runtime.ts'
import { writeIndex } from '../src/repository/index-records.ts'
import { openRepository } from '../src/repository/repository.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from './fixtures.ts'

test('packs that an index record names are known after a listing, though the one before it failed half-way', async () => {
  const place = memoryProvider()
  const keys = rawKey(new Uint8Array(32).fill(7))
  const source = memorySource({ main: noise(100_000, 1) })
  const backup = createBackup({ source, providers: [place], keys, runtime: withoutFiles, state: freshMemoryState() })
  await backup.init()
  await backup.run()
  const common = { runtime: portableRuntime, keys: [keys], warn: () => {} }
  const writer = await openRepository({ ...common, provider: place })
  const [commit] = [...writer.commits.values()]
  // From now on nothing but the index tells of the pack.
  place.objects.delete([...place.objects.keys()].find((key) => key.startsWith('commits/'))!)
  const refused: string[] = []
  const flaky: BackupProvider = {
    ...place,
    async get(key, options) {
      if (!key.startsWith(packPrefix) || refused.length > 0) return place.get(key, options)
      refused.push(key)
      throw new BackupError('transient', 'The line is down.')
    },
  }
  const reader = await openRepository({ ...common, provider: flaky })
  const packs = commit!.packs.map((pack) => ({ ...pack, toc: null }))
  await writeIndex(writer, { generation: 1, packs, replaces: [] }, { writer: 'fedcba9876543210', now: new Date('2031-01-02T00:00:00Z') }, {})
  await expect(reader.refresh()).rejects.toMatchObject({ kind: 'transient' })
  expect(refused).toHaveLength(1)
  await reader.refresh()
  expect([...reader.catalog.packs.keys()]).toEqual(packs.map(({ name }) => name))
})
