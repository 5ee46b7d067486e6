import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Backup, BackupError, type BackupEvent, type BackupProvider } from '../src/index.ts'
import { type MemoryProvider, type MemorySource, memoryProvider, memorySource } from '../src/testing/index.ts'
import { expectStreams, noise } from './fixtures.ts'
import { machine } from './machine.ts'

/** Somebody else prunes while a snapshot is read: what it needs is in other packs then than it was a moment ago. */

const day = 86_400_000
const streams = 30

let now: number
let place: MemoryProvider
let source: MemorySource
let writer: Backup
let newest: string

beforeEach(async () => {
  now = Date.UTC(2031, 0, 1)
  place = memoryProvider()
  source = memorySource({ main: noise(3000, 1) })
  writer = open(source)
  await writer.init()
  // One pack for each stream.
  for (let count = 0; count < streams; count++) {
    source.streams.set(`${count}`, noise(3000, 500 + count))
    newest = (await writer.run()).id
  }
})

function open(from: MemorySource, provider: BackupProvider = place): Backup {
  return machine({ source: from, providers: [provider], clock: () => new Date(now) })
}

const packs = (): string[] => [...place.objects.keys()].filter((key) => key.startsWith('packs/'))

/** All snapshots but the newest are removed for good, and what that needs is gathered in other packs. */
async function gather(): Promise<void> {
  const before = packs()
  for (let round = 0; round < 14; round++) {
    await writer.prune()
    now += 2 * day
  }
  expect(before.filter((key) => place.objects.has(key)).length).toBeLessThan(3)
}

/** A provider with which everything is gathered as soon as a number of parts of packs were read. */
function gatheredAfter(reads: number): BackupProvider & { gathered: boolean } {
  let left = reads
  const provider = {
    ...place,
    gathered: false,
    async get(...[key, options]: Parameters<BackupProvider['get']>) {
      if (key.startsWith('packs/') && left-- === 0) {
        await gather()
        provider.gathered = true
      }
      return place.get(key, options)
    },
  }
  return provider
}

describe('in a process that has known the repository for long', () => {
  let target: MemorySource
  let reader: Backup
  beforeEach(async () => {
    target = memorySource()
    reader = open(target)
    expect(await reader.snapshots()).toHaveLength(streams)
    await gather()
  })

  test('the snapshot that is left is restored', async () => {
    await reader.restore(newest)
    expectStreams(target.places.get('live'), Object.fromEntries(source.streams))
  })

  test('it is verified, and nothing is missing', async () => {
    expect(await reader.verify({ depth: 'data' })).toMatchObject({ ok: true, problems: [] })
  })

  test('scrub finds nothing damaged', async () => {
    expect(await reader.scrub()).toMatchObject({ ok: true, damaged: [] })
  })

  test('a stream is read', async () => {
    expect(await collected(reader.read(newest, '7'))).toEqual(source.streams.get('7'))
  })
})

describe.each([0, 1, 5, 20])('when everything is gathered after %i reads', (reads) => {
  let target: MemorySource
  let provider: ReturnType<typeof gatheredAfter>
  let reader: Backup
  beforeEach(() => {
    target = memorySource()
    provider = gatheredAfter(reads)
    reader = open(target, provider)
  })
  afterEach(() => expect(provider.gathered).toBe(true))

  test('a restore begins again, says so, and brings back everything', async () => {
    const run = reader.restore(newest)
    const events: BackupEvent[] = []
    for await (const event of run) events.push(event)
    await run
    expectStreams(target.places.get('live'), Object.fromEntries(source.streams))
    expect(events.filter(({ type }) => type === 'warning')).toMatchObject([{ message: expect.stringContaining('A pack was removed while it was read') as string }])
  })

  test('a drill succeeds', async () => {
    expect(await reader.drill({ to: 'there' })).toMatchObject({ outcome: 'sound' })
  })

  test('verify misses nothing', async () => {
    expect(await reader.verify({ depth: 'data' })).toMatchObject({ ok: true, problems: [] })
  })
})

test('a stream that is being read goes on where it was', async () => {
  const long = noise(5_000_000, 77)
  source.streams.set('long', long)
  // Most of the pack is waste as soon as this is gone.
  source.streams.set('waste', noise(12_000_000, 78))
  await writer.run()
  source.streams.delete('waste')
  newest = (await writer.run()).id
  const provider = gatheredAfter(5)
  const read = await collected(open(memorySource(), provider).read(newest, 'long', { offset: 1000, length: 4_900_000 }))
  expect(provider.gathered).toBe(true)
  expect(Buffer.compare(read, long.subarray(1000, 4_901_000))).toBe(0)
})

test('a stream that is open stays open', async () => {
  const long = noise(3_000_000, 79)
  source.streams.set('long', long)
  source.streams.set('waste', noise(12_000_000, 80))
  await writer.run()
  source.streams.delete('waste')
  newest = (await writer.run()).id
  const opened = await open(memorySource()).openStream(newest, { stream: 'long', cacheBytes: 1 << 20 })
  expect(Buffer.compare(await opened.read(0, 1000), long.subarray(0, 1000))).toBe(0)
  const before = packs()
  await gather()
  expect(packs()).not.toEqual(before)
  const places = Array.from({ length: 30 }, (_, at) => at * 100_000)
  const read = await Promise.all(places.map((offset) => opened.read(offset, 1000)))
  for (const [at, offset] of places.entries()) expect(Buffer.compare(read[at]!, long.subarray(offset, offset + 1000))).toBe(0)
  opened.close()
})

test('what is lost is not asked for again and again: the first error is told', async () => {
  const [gone] = packs()
  const reads: string[] = []
  const counted: BackupProvider = {
    ...place,
    get: (key, options) => {
      reads.push(key)
      return place.get(key, options)
    },
  }
  const reader = open(memorySource(), counted)
  await reader.snapshots()
  place.objects.delete(gone!)
  await expect(reader.restore(newest)).rejects.toSatisfy((error) => BackupError.is(error, 'not-found') && error.key === gone)
  expect(reads.filter((key) => key === gone).length).toBeLessThanOrEqual(2)
})

async function collected(bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}
