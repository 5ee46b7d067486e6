import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Backup, createBackup, rawKey } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { edited, freshFolder, freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'

const keys = rawKey(new Uint8Array(32).fill(9))

test.each([
  [0, undefined], [0, 1], [299_999, undefined], [299_999, 5], [65_000, 140_000], [17, 0], [400_000, 10],
])('a stream is read from %s on, %s bytes of it', async (offset, length) => {
  const content = text(300_000)
  const { backup } = await streams({ log: content })
  await backup.run()
  const read = await bytesOf(backup.read('latest', 'log', { offset, ...(length !== undefined && { length }) }))
  expect(read.equals(content.subarray(offset, length === undefined ? undefined : offset + length))).toBe(true)
})

test('a few bytes of a large stream are read without fetching all of it', async () => {
  const fetched = { bytes: 0 }
  const { backup } = await streams({ large: noise(8_000_000, 3) }, fetched)
  await backup.run()
  fetched.bytes = 0
  expect(await bytesOf(backup.read('latest', 'large', { offset: 4_000_000, length: 100 }))).toHaveLength(100)
  expect(fetched.bytes).toBeGreaterThan(100)
  expect(fetched.bytes).toBeLessThan(3_000_000)
})

test('a stream that is not there is refused, and those that are there are named', async () => {
  const { backup } = await streams({ one: text(10), two: text(10) })
  await backup.run()
  await expect(bytesOf(backup.read('latest', 'three'))).rejects.toMatchObject({
    kind: 'not-found', key: 'three', message: expect.stringMatching(/it has one, two\.$/),
  })
  await expect(bytesOf(backup.read('latest', 'one', { offset: -1 }))).rejects.toMatchObject({ kind: 'config', key: 'offset' })
})

test('reading stops when it is cancelled', async () => {
  const { backup } = await streams({ one: noise(3_000_000, 1) })
  await backup.run()
  const stop = new AbortController()
  const pieces = backup.read('latest', 'one', { signal: stop.signal })[Symbol.asyncIterator]()
  expect((await pieces.next()).done).toBe(false)
  stop.abort()
  await expect(pieces.next()).rejects.toMatchObject({ kind: 'cancelled' })
})

test('two snapshots are compared stream by stream', async () => {
  const { backup, source } = await streams({ kept: text(50_000), gone: text(1000), grown: noise(200_000, 1) })
  const from = await backup.run()
  source.streams.delete('gone')
  source.streams.set('new', text(2000))
  source.streams.set('grown', new Uint8Array([...noise(200_000, 1), ...noise(100_000, 2)]))
  const to = await backup.run()

  const { streams: found, changedBytes } = await backup.diff(from.id, 'latest')
  expect(found.map(({ name, change, previousBytes, sizeBytes }) => [name, change, previousBytes, sizeBytes])).toEqual([
    ['gone', 'removed', 1000, 0],
    ['grown', 'changed', 200_000, 300_000],
    ['kept', 'same', 50_000, 50_000],
    ['new', 'added', 0, 2000],
  ])
  const grown = found.find(({ name }) => name === 'grown')!
  // The last piece was cut by the end of the stream, and is another now.
  expect(grown.changedBytes).toBeGreaterThanOrEqual(100_000)
  expect(grown.changedBytes).toBeLessThan(200_000)
  expect(changedBytes).toBe(grown.changedBytes + 2000)
  expect((await backup.diff(to.id, to.id)).streams.every(({ change }) => change === 'same')).toBe(true)
})

test('the plan of a restore over the live data tells what would change there, as the newest snapshot knows it', async () => {
  const { backup, source } = await streams({ kept: text(50_000), gone: text(1000) })
  const first = await backup.run()
  source.streams.delete('gone')
  source.streams.set('new', text(2000))
  const newest = await backup.run()
  const { changes } = await backup.plan(first.id, { overwrite: true })
  expect(changes).toEqual(await backup.diff(newest.id, first.id))
  expect(changes!.streams.map(({ name, change }) => `${name} ${change}`)).toEqual(['gone added', 'kept same', 'new removed'])
  expect((await backup.plan('latest', { overwrite: true })).changes).toMatchObject({ changedBytes: 0 })
  expect(await backup.plan(first.id, { to: 'elsewhere' })).not.toHaveProperty('changes')
})

test('of a file of pages, exactly the pages that differ are counted, however its size changes', async () => {
  const file = join(await freshFolder(), 'pages')
  const backup = createBackup({
    source: pageFile(file, { pageBytes: 512 }), providers: [memoryProvider()], keys, runtime: withoutFiles, workers: 0,
    state: freshMemoryState(),
  })
  await backup.init()
  const take = async (content: Uint8Array): Promise<string> => {
    await writeFile(file, content)
    return (await backup.run()).id
  }
  // 512 bytes × 256 pages are one node: one page, one node, two levels, three levels.
  const base = noise(512 * 70_000 + 100, 5)
  const [one, node, two, three] = [512, 512 * 256, 512 * 1000, base.length]
  const ids = new Map<number, string>()
  for (const length of [one, node, two, three]) ids.set(length, await take(base.subarray(0, length)))
  const changed = await take(edited(base, [0, 512 * 300, 512 * 69_999, three - 50], 6))

  const pagesBetween = async (from: string, to: string): Promise<[number, number]> => {
    const { streams: [only] } = await backup.diff(from, to)
    return [only!.changedUnits, only!.changedBytes]
  }
  expect(await pagesBetween(ids.get(three)!, changed)).toEqual([4, 512 * 3 + 100])
  expect(await pagesBetween(ids.get(one)!, ids.get(node)!)).toEqual([255, 512 * 255])
  expect(await pagesBetween(ids.get(node)!, ids.get(three)!)).toEqual([70_001 - 256, three - node])
  expect(await pagesBetween(ids.get(one)!, ids.get(three)!)).toEqual([70_000, three - one])
  expect(await pagesBetween(ids.get(three)!, ids.get(one)!)).toEqual([0, 0])
  expect(await pagesBetween(ids.get(three)!, ids.get(two)!)).toEqual([0, 0])
})

async function streams(given: Record<string, Uint8Array>, fetched: { bytes: number } = { bytes: 0 }): Promise<{
  backup: Backup
  source: ReturnType<typeof memorySource>
}> {
  const source = memorySource(given)
  const memory = memoryProvider()
  const provider = {
    ...memory,
    async get(...call: Parameters<typeof memory.get>) {
      const bytes = await memory.get(...call)
      fetched.bytes += bytes.length
      return bytes
    },
  }
  const backup = createBackup({ source, providers: [provider], keys, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  await backup.init()
  return { backup, source }
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all)
}
