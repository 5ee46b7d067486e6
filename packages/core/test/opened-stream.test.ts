import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, type BackupSource, createBackup, rawKey } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { type MemoryProvider, memoryProvider, memorySource, seededRandom } from '../src/testing/index.ts'
import { edited, freshFolder, freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'
import { goldenNames, readGolden } from './golden.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

const keys = rawKey(new Uint8Array(32).fill(9))

interface Place {
  readonly place: MemoryProvider
  readonly asked: { key: string; bytes: number }[]
  open(source: BackupSource, change?: (provider: BackupProvider) => BackupProvider): Backup
}

function somewhere(): Place {
  const place = memoryProvider()
  const asked: { key: string; bytes: number }[] = []
  const counted: BackupProvider = {
    ...place,
    async get(key, options) {
      const bytes = await place.get(key, options)
      asked.push({ key, bytes: bytes.length })
      return bytes
    },
  }
  return {
    place,
    asked,
    open: (source, change = (provider) => provider) =>
      createBackup({ source, providers: [change(counted)], keys, runtime: withoutFiles, workers: 0, state: freshMemoryState() }),
  }
}

/** Snapshots of a file of pages, each with what was in it. */
async function pages(here: Place, versions: readonly Uint8Array[], pageBytes = 512): Promise<{ source: BackupSource; ids: string[] }> {
  const file = join(await freshFolder(), 'pages')
  const source = pageFile(file, { pageBytes })
  const backup = here.open(source)
  await backup.init()
  const ids: string[] = []
  for (const version of versions) {
    await writeFile(file, version)
    ids.push((await backup.run()).id)
  }
  return { source, ids }
}

async function expectSameAnywhere(backup: Backup, snapshot: string, stream: string, content: Uint8Array, reads: number): Promise<void> {
  const opened = await backup.openStream(snapshot, { stream, cacheBytes: 1 << 20 })
  expect([opened.name, opened.size, opened.snapshot.id.startsWith(snapshot)]).toEqual([stream, content.length, true])
  const random = seededRandom(content.length)
  const places = Array.from({ length: reads }, () => [random.below(content.length + 10), random.below(5000)] as const)
  await Promise.all(
    places.map(async ([offset, length]) => expect(Buffer.compare(await opened.read(offset, length), content.subarray(offset, offset + length))).toBe(0)),
  )
  opened.close()
}

test('pages, and pieces that were cut by content, are read anywhere, by whoever knows nothing and by whoever knows all', async () => {
  const here = somewhere()
  const base = noise(512 * 3000 + 77, 5)
  const versions = [base, edited(base, [0, 512 * 700, 512 * 2999], 6), base.subarray(0, 512 * 300), noise(100, 1)]
  const { source, ids } = await pages(here, versions)
  for (const [at, id] of ids.entries()) {
    const stranger = here.open(source)
    await expectSameAnywhere(stranger, id, 'main', versions[at]!, 60)
    await stranger.snapshots()
    await expectSameAnywhere(stranger, id, 'main', versions[at]!, 20)
  }
  const there = somewhere()
  const streams = { log: text(300_000), empty: new Uint8Array(0), large: noise(2_000_000, 3) }
  const memory = memorySource(streams)
  const writer = there.open(memory)
  await writer.init()
  const { id } = await writer.run()
  for (const [name, content] of Object.entries(streams)) await expectSameAnywhere(there.open(memory), id, name, content, 40)
})

test('a page of a large stream costs a fraction of it, and few requests', async () => {
  const here = somewhere()
  const content = noise(512 * 20_000, 7)
  const { source } = await pages(here, [content, edited(content, [5], 1)])
  here.asked.length = 0
  const opened = await here.open(source).openStream('latest')
  const page = 512 * 12_345
  expect(Buffer.compare(await opened.read(page, 512), content.subarray(page, page + 512))).toBe(0)
  // Of ten million bytes in some hundred and seventy packs.
  expect(here.asked.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1_000_000)
  expect(here.asked.length).toBeLessThan(40)
  const before = here.asked.length
  expect(Buffer.compare(await opened.read(page + 512, 512), content.subarray(page + 512, page + 1024))).toBe(0)
  expect(here.asked.length).toBe(before)
})

test('of many snapshots few are asked where a page is: those just before, and the oldest', async () => {
  const here = somewhere()
  const versions = [noise(512 * 400, 4)]
  for (let edit = 0; edit < 40; edit++) versions.push(edited(versions.at(-1)!, [512 * (50 + edit * 5)], 100 + edit))
  const { source } = await pages(here, versions)
  for (const [page, mostCommits] of [[0, 10], [399, 10], [240, 10], [150, 41]] as const) {
    const stranger = here.open(source)
    here.asked.length = 0
    const opened = await stranger.openStream('latest')
    expect(Buffer.compare(await opened.read(512 * page, 512), versions.at(-1)!.subarray(512 * page, 512 * (page + 1)))).toBe(0)
    opened.close()
    expect(here.asked.filter(({ key }) => key.startsWith('commits/')).length, `for page ${page}`).toBeLessThanOrEqual(mostCommits)
    await stranger.close()
  }
})

test('who reads on from where he was finds the next bytes there', async () => {
  const here = somewhere()
  const content = noise(512 * 6000, 8)
  const { source } = await pages(here, [content])
  let under = 0
  let most = 0
  const watched = (provider: BackupProvider): BackupProvider => ({
    ...provider,
    capabilities: { concurrency: 3 },
    async get(...call) {
      most = Math.max(most, ++under)
      await new Promise((resolve) => setTimeout(resolve, 1))
      return provider.get(...call).finally(() => under--)
    },
  })
  const opened = await here.open(source, watched).openStream('latest', { cacheBytes: 4 << 20 })
  for (let page = 0; page < 6000; page++) {
    const bytes = await opened.read(page * 512, 512)
    expect(Buffer.compare(bytes, content.subarray(page * 512, (page + 1) * 512))).toBe(0)
  }
  // A reader that waited for each would have had one segment and the header of its pack on their way.
  expect(most).toBeGreaterThan(3)
  // Nothing is fetched twice.
  const data = here.asked.filter(({ key }) => key.startsWith('packs/')).reduce((sum, { bytes }) => sum + bytes, 0)
  expect(data).toBeLessThan(content.length * 1.6)
})

test('where two snapshots differ is told from their lists', async () => {
  const here = somewhere()
  const base = noise(512 * 2000, 9)
  const grown = new Uint8Array([...edited(base, [512 * 3, 512 * 4, 512 * 900], 2), ...noise(700, 4)])
  const { source, ids } = await pages(here, [base, grown])
  const backup = here.open(source)
  const [before, after] = await Promise.all(ids.map((id) => backup.openStream(id)))
  expect(await after!.differences(before!)).toEqual([
    { offset: 512 * 3, length: 1024 }, { offset: 512 * 900, length: 512 }, { offset: 512 * 2000, length: 700 },
  ])
  expect(await before!.differences(before!)).toEqual([])
})

test('what is not there, is not clear, or makes no sense is refused', async () => {
  const here = somewhere()
  const source = memorySource({ one: text(10), two: text(10) })
  const backup = here.open(source)
  await backup.init()
  await backup.run()
  const stranger = here.open(source)
  await expect(stranger.openStream('latest')).rejects.toMatchObject({ kind: 'config', key: 'stream', message: expect.stringContaining('one, two') })
  await expect(stranger.openStream('latest', { stream: 'three' })).rejects.toMatchObject({ kind: 'not-found', key: 'three' })
  await expect(stranger.openStream('ffff', { stream: 'one' })).rejects.toMatchObject({ kind: 'not-found' })
  await expect(stranger.openStream('latest', { stream: 'one', cacheBytes: 7 })).rejects.toMatchObject({ kind: 'config', key: 'cacheBytes' })
  const opened = await stranger.openStream('latest', { stream: 'one' })
  await expect(opened.read(-1, 5)).rejects.toMatchObject({ kind: 'config', key: 'offset' })
  await expect(opened.read(0, 0.5)).rejects.toMatchObject({ kind: 'config', key: 'length' })
  const pieces = await stranger.openStream('latest', { stream: 'two' })
  expect(await opened.differences(pieces)).toBeUndefined()
})

test('a snapshot in the trash is refused, and one that somebody gave another time is not taken for the newest', async () => {
  const here = somewhere()
  const source = memorySource({ main: text(1000) })
  const backup = here.open(source)
  await backup.init()
  const old = await backup.run()
  source.streams.set('main', text(2000))
  await backup.run()
  const [key, bytes] = [...here.place.objects].find(([one]) => one.startsWith('commits/') && one.endsWith(old.id))!
  here.place.objects.delete(key)
  here.place.objects.set(`commits/299901/01t000000000z-${old.id}`, bytes)
  expect((await here.open(source).openStream('latest')).size).toBe(2000)
})

test('a damaged unit is an error that names the pack, and reads elsewhere go on', async () => {
  const here = somewhere()
  const content = noise(512 * 3000, 10)
  const { source } = await pages(here, [content])
  const opened = await here.open(source).openStream('latest')
  await opened.read(0, 512)
  const [key, bytes] = [...here.place.objects].filter(([one]) => one.startsWith('packs/')).at(-3)!
  here.place.objects.set(key, bytes.map((byte, at) => (at > 100 && at < bytes.length - 6000 ? byte ^ 1 : byte)))
  const results = await Promise.allSettled(Array.from({ length: 3000 }, (_, page) => opened.read(page * 512, 512)))
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  expect(failures.length).toBeGreaterThan(10)
  for (const failure of failures) expect(failure).toMatchObject({ kind: 'corrupt', key })
  for (const [page, result] of results.entries()) {
    if (result.status === 'fulfilled') expect(Buffer.compare(result.value, content.subarray(page * 512, page * 512 + 512))).toBe(0)
  }
  expect(failures.length).toBeLessThan(1000)
})

test('who gives up waiting does not take along those who wait for the same', async () => {
  const here = somewhere()
  const content = noise(512 * 1000, 11)
  const { source } = await pages(here, [content])
  let isHeld = false
  const waiting: (() => void)[] = []
  const held = (provider: BackupProvider): BackupProvider => ({
    ...provider,
    async get(...call) {
      if (isHeld) await new Promise<void>((resolve) => waiting.push(resolve))
      return provider.get(...call)
    },
  })
  const opened = await here.open(source, held).openStream('latest')
  await opened.read(0, 512)
  isHeld = true
  const stop = new AbortController()
  const first = opened.read(512 * 500, 512, { signal: stop.signal })
  const second = opened.read(512 * 500, 512)
  await expect.poll(() => waiting.length).toBeGreaterThan(0)
  stop.abort()
  await expect(first).rejects.toMatchObject({ kind: 'cancelled' })
  isHeld = false
  for (const letGo of waiting) letGo()
  expect(Buffer.compare(await second, content.subarray(512 * 500, 512 * 501))).toBe(0)
  opened.close()
  await expect(opened.read(512 * 900, 512)).rejects.toMatchObject({ kind: 'cancelled' })
})

describe.each(goldenNames)('the golden repository %s', (name) => {
  test('is read anywhere', async () => {
    const golden = readGolden(name)
    const target = memorySource()
    const backup = createBackup({ source: target, providers: [golden.copy()], keys: Object.values(golden.keys)[0]!, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
    for (const { id } of await backup.snapshots()) {
      await backup.restore(id, { to: id })
      for (const [stream, content] of target.places.get(id)!) {
        const stranger = createBackup({ source: target, providers: [golden.copy()], keys: Object.values(golden.keys)[0]!, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
        await expectSameAnywhere(stranger, id, stream, content, 25)
      }
    }
  })
})
