import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { openRepository } from '../src/repository/repository.ts'
import { memoryProvider, type MemoryProvider, type MemorySource, memorySource } from '../src/testing/index.ts'
import { edited, expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'
import { tapped } from './tapped.ts'

/** A snapshot depends on packs, and through them on the commits that name them. Commits can go, by somebody's hand or by damage. */

const key = rawKey(new Uint8Array(32).fill(14))
const first = { main: noise(200_000, 1) }
const second = { main: edited(first.main, [1000, 150_000], 2) }

let later = 0
const now = performance.now.bind(performance)
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now() + later))
afterEach(() => void vi.restoreAllMocks())

describe('when a commit is removed under a Backup that is open', () => {
  test('the next snapshot does not depend on it', async () => {
    const { backup, place, source } = await made()
    remove(place, (await backup.run()).id)
    expect(await backup.snapshots()).toEqual([])
    source.streams.set('main', second.main)
    const { storedBytes } = await backup.run()
    // Its packs are there, and are used again.
    expect(storedBytes).toBeLessThan(100_000)
    await expectIndependent(place, second)
  })

  test('that is noticed a minute later, even while a run is under way', async () => {
    const { backup, place, source } = await made()
    const { id } = await backup.run()
    source.streams.set('main', second.main)
    const run = backup.run()
    for await (const event of run) {
      if (event.type !== 'phase-start' || event.phase !== 'store') continue
      remove(place, id)
      aMinutePasses()
    }
    await expectIndependent(place, second)
    remove(place, (await run).id)
    aMinutePasses()
    await backup.run()
    await expectIndependent(place, second)
  })

  test('with its packs, a run that counted on them makes no snapshot, and the next one stores everything', async () => {
    const { backup, place } = await made()
    const { id } = await backup.run()
    remove(place, id)
    for (const name of place.objects.keys()) if (name.startsWith('packs/')) place.objects.delete(name)
    aMinutePasses()
    await expect(backup.run()).rejects.toMatchObject({ kind: 'not-found', key: expect.stringContaining('packs/') as string })
    expect(commitsIn(place)).toEqual([])
    await backup.run()
    await expectIndependent(place, first)
  })

  test('its packs are named once more, and not by every snapshot from then on', async () => {
    const { backup, place, source } = await made()
    const removed = await backup.run()
    remove(place, removed.id)
    await backup.snapshots()
    const { storedBytes } = await backup.run()
    expect(storedBytes).toBe(0)
    source.streams.set('main', second.main)
    aMinutePasses()
    await backup.run()
    const { commits } = await openRepository({ provider: place, runtime: withoutFiles, keys: [key], stateDirectory: freshMemoryState(), warn: () => {} })
    const packs = [...commits.values()].map((commit) => commit.packs.map(({ size }) => size))
    expect(packs).toEqual([[removed.storedBytes], [expect.any(Number)]])
    expect(packs[1]).not.toEqual(packs[0])
  })
})

test('runs that follow one another do not list the commits each time, and always look what is to be removed', async () => {
  const listed: string[] = []
  const { backup, source } = await made((place) => tapped(place, { before: ({ method, key: prefix }) => void (method === 'list' && listed.push(prefix)) }))
  await backup.run()
  listed.length = 0
  source.streams.set('main', second.main)
  await backup.run()
  expect(listed).toEqual(['tombs/'])
  aMinutePasses()
  listed.length = 0
  await backup.run()
  expect(listed).toEqual(['commits/', 'index/', 'trash/', 'tombs/', 'tombs/'])
})

test('a snapshot that shares units with one that cannot be read stands without it', async () => {
  const { backup, place, source } = await made()
  const { id } = await backup.run()
  const [name, bytes] = [...place.objects].find(([candidate]) => candidate.endsWith(id))!
  bytes[80]! ^= 1
  source.streams.set('main', second.main)
  await open(place, source).run()
  place.objects.delete(name)
  await expectIndependent(place, second)
})

describe('a snapshot that depends on a commit that was removed', () => {
  test('is planned, restored and verified all the same', async () => {
    const place = await dependent()
    const source = memorySource()
    expect(await open(place, source).plan('latest')).toMatchObject({ packs: 2 })
    await open(place, source).restore('latest')
    expectStreams(source.places.get('live'), second)
    for (const depth of ['structure', 'data'] as const) expect(await open(place, source).verify({ depth })).toMatchObject({ ok: true, packs: 2, unusedPacks: 0 })
  })

  test('is missed without its pack, which is looked for once for each time that is asked', async () => {
    const place = await dependent()
    for (const [name, bytes] of place.objects) if (name.startsWith('packs/') && bytes.length > 100_000) place.objects.delete(name)
    let lists = 0
    const counting = tapped(place, { before: ({ method, key: prefix }) => void (method === 'list' && prefix === 'packs/' && lists++) })
    const backup = open(counting, memorySource())
    await expect(backup.restore('latest')).rejects.toMatchObject({ kind: 'corrupt', message: expect.stringContaining('is in no pack') as string })
    expect(lists).toBe(1)
    const { problems } = await backup.verify()
    expect(problems).toHaveLength(1)
    // One to see which are there, one to look into them.
    expect(lists).toBe(3)
  })
})

/** The second of two snapshots, without the commit of the first. */
async function dependent(): Promise<MemoryProvider> {
  const { backup, place, source } = await made()
  const { id } = await backup.run()
  source.streams.set('main', second.main)
  await backup.run()
  remove(place, id)
  return place
}

async function made(through: (place: MemoryProvider) => BackupProvider = (place) => place): Promise<{ backup: Backup; place: MemoryProvider; source: MemorySource }> {
  const place = memoryProvider()
  const source = memorySource(first)
  const backup = open(through(place), source)
  await backup.init()
  return { backup, place, source }
}

function open(place: BackupProvider, source: MemorySource): Backup {
  return createBackup({ source, providers: [place], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState(), compression: 'lz4' })
}

function remove({ objects }: MemoryProvider, id: string): void {
  for (const name of objects.keys()) if (name.endsWith(id) && name.startsWith('commits/')) objects.delete(name)
}

function commitsIn({ objects }: MemoryProvider): string[] {
  return [...objects.keys()].filter((name) => name.startsWith('commits/')).sort()
}

/** More than a minute, for the monotonic clock. */
function aMinutePasses(): void {
  later += 60_001
}

/** What somebody gets who knows nothing but the packs that the commits name. */
async function expectIndependent(place: MemoryProvider, expected: Record<string, Uint8Array>): Promise<void> {
  const source = memorySource()
  const withoutPackListing: BackupProvider = {
    ...place,
    list: (prefix, options) => place.list(prefix.startsWith('packs') ? 'packs/none' : prefix, options),
  }
  await open(withoutPackListing, source).restore('latest')
  expectStreams(source.places.get('live'), expected)
  expect(await open(place, source).verify({ depth: 'data' })).toMatchObject({ ok: true, unusedPacks: 0 })
}
