import { describe, expect, test } from 'vitest'
import { type Backup, createBackup, rawKey } from '../src/index.ts'
import { memoryProvider, type MemoryProvider, type MemorySource, memorySource } from '../src/testing/index.ts'
import { edited, expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'

/** A snapshot depends on packs, and through them on the commits that name them. Commits can go, by somebody's hand or by damage. */

const key = rawKey(new Uint8Array(32).fill(14))
const first = { main: noise(200_000, 1) }
const second = { main: edited(first.main, [1000, 150_000], 2) }

describe('when a commit is removed under a Backup that is open', () => {
  test('the next snapshot does not depend on it', async () => {
    const { backup, place, source } = await made()
    remove(place, (await backup.run()).id)
    expect(await backup.snapshots()).toEqual([])
    source.streams.set('main', second.main)
    const { storedBytes } = await backup.run()
    // Its packs are there, and are used again.
    expect(storedBytes).toBeLessThan(100_000)
    await expectNewest(place, second)
  })

  test('also while nobody has noticed yet, or while a run is under way', async () => {
    const { backup, place, source } = await made()
    const { id } = await backup.run()
    source.streams.set('main', second.main)
    const run = backup.run()
    for await (const event of run) if (event.type === 'phase-start' && event.phase === 'store') remove(place, id)
    await run
    expect(place.objects.size).toBeGreaterThan(0)
    await expectNewest(place, second)
    remove(place, (await run).id)
    await backup.run()
    await expectNewest(place, second)
  })

  test('with its packs, a run that counted on them makes no snapshot, and the next one stores everything', async () => {
    const { backup, place } = await made()
    const { id } = await backup.run()
    remove(place, id)
    for (const name of place.objects.keys()) if (name.startsWith('packs/')) place.objects.delete(name)
    await expect(backup.run()).rejects.toMatchObject({ kind: 'not-found', key: expect.stringContaining('packs/') as string })
    expect(await backup.snapshots()).toEqual([])
    await backup.run()
    await expectNewest(place, first)
  })
})

test('a snapshot that shares units with one that cannot be read stands without it', async () => {
  const { backup, place, source } = await made()
  const { id } = await backup.run()
  const [name, bytes] = [...place.objects].find(([candidate]) => candidate.endsWith(id))!
  bytes[80]! ^= 1
  source.streams.set('main', second.main)
  await open(place, source).run()
  place.objects.delete(name)
  await expectNewest(place, second)
})

async function made(): Promise<{ backup: Backup; place: MemoryProvider; source: MemorySource }> {
  const place = memoryProvider()
  const source = memorySource(first)
  const backup = open(place, source)
  await backup.init()
  return { backup, place, source }
}

function open(place: MemoryProvider, source: MemorySource): Backup {
  return createBackup({ source, providers: [place], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState(), compression: 'lz4' })
}

function remove({ objects }: MemoryProvider, id: string): void {
  for (const name of objects.keys()) if (name.endsWith(id) && name.startsWith('commits/')) objects.delete(name)
}

/** What somebody who knows nothing but the objects gets. */
async function expectNewest(place: MemoryProvider, expected: Record<string, Uint8Array>): Promise<void> {
  const source = memorySource()
  const stranger = open(place, source)
  await stranger.restore('latest')
  expectStreams(source.places.get('live'), expected)
  expect(await stranger.verify({ depth: 'data' })).toMatchObject({ ok: true })
}
