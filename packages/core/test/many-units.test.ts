import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { nodeRuntime, pageFile } from '../src/node/index.ts'
import { descriptorLength } from '../src/format/descriptor.ts'
import { nameInKey, packPrefix } from '../src/format/names.ts'
import { tailOf } from '../src/format/tail.ts'
import { encodeToc } from '../src/format/toc.ts'
import { readToc } from '../src/repository/read-toc.ts'
import { openRepository } from '../src/repository/repository.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { freshFolder, freshMemoryState, freshState, withoutFiles } from './fixtures.ts'

/** In a pack of units that take next to no room there could be so many that no reader would take its table of contents. */

const { tableBytes } = vi.hoisted(() => ({ tableBytes: 16_384 }))
vi.mock('../src/write/limits.ts', async () => {
  const { limits } = await import('./small-limits.ts')
  return { limits: { ...limits, packBytes: 1 << 20, segmentBytes: 128 << 10, tableBytes } }
})

const key = rawKey(new Uint8Array(32).fill(18))

test.each([{ deltas: false }, { deltas: true }])('a pack is closed before its table of contents gets too large, deltas $deltas', async ({ deltas }) => {
  const [folder, state] = [await freshFolder(), await freshState()]
  const place = memoryProvider()
  const live = join(folder, 'live')
  const source = pageFile(live, { pageBytes: 512 })
  const backup = createBackup({ source, providers: [place], keys: key, runtime: nodeRuntime, workers: 0, state, deltas, compression: 'lz4' })
  await backup.init()
  const content = new Uint8Array(4_000_000)
  for (let version = 1; version <= 2; version++) {
    // All pages differ, and each is nearly empty.
    for (let page = 0; page * 512 < content.length; page++) content.set([version, page & 255, page >> 8], page * 512)
    await writeFile(live, content)
    await backup.run()
  }
  const tables = await tablesIn(place)
  for (const table of tables) expect(table).toBeLessThanOrEqual(tableBytes)
  expect(tables.length).toBeGreaterThan(4)

  const target = memorySource()
  const stranger = createBackup({ source: target, providers: [place], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  await stranger.restore('latest')
  expect(Buffer.compare(target.places.get('live')!.get('main')!, content)).toBe(0)
})

/** What was on its way already when a table got full is added to it: few segments, as one lane has. */
const latecomers = 4

/** Sizes of the tables, without the latecomers. */
async function tablesIn(provider: BackupProvider): Promise<number[]> {
  const repository = await openRepository({ provider, runtime: withoutFiles, keys: [key], stateDirectory: freshMemoryState(), warn: () => {} })
  const tables: number[] = []
  for await (const { key: object, size } of provider.list(packPrefix)) {
    const footer = await provider.get(object, { range: { offset: size - descriptorLength, length: descriptorLength } })
    const pack = { name: nameInKey(object)!, size, tail: tailOf(footer, size).descriptor.storedLength, toc: null }
    tables.push(encodeToc((await readToc(repository, pack, {})).slice(0, -latecomers)).length)
  }
  return tables
}
