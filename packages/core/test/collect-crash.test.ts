import { describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, createBackup, keepLast, rawKey, type Runtime } from '../src/index.ts'
import { type MemoryProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { copyOf } from './copies.ts'
import { expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'
import { mortal } from './mortal.ts'

vi.mock('../src/prune/limits.ts', async (original) => {
  const { limits } = await original<{ limits: Record<string, number> }>()
  return { limits: { ...limits, manyPacks: 3 } }
})

/** A collection that dies at any point loses nothing, and the next one finishes its work. */

const key = rawKey(new Uint8Array(32).fill(31))
const day = 86_400_000
let now = Date.UTC(2031, 0, 1)

function open(provider: BackupProvider, streams: Record<string, Uint8Array>, runtime: Runtime = withoutFiles, state = freshMemoryState()): Backup {
  const options = { workers: 0, compression: 'store', retention: keepLast(1) } as const
  return createBackup({ ...options, source: memorySource(streams), providers: [provider], keys: key, runtime, state, clock: () => new Date(now) })
}

/** As places do that tell when something was stored. */
const dated = (place: MemoryProvider): BackupProvider => ({
  ...place,
  async *list(prefix, options) {
    for await (const object of place.list(prefix, options)) yield { ...object, modifiedAt: new Date(Date.UTC(2030, 0, 1)) }
  },
})

const streams = (from: number, to: number): Record<string, Uint8Array> =>
  Object.fromEntries(Array.from({ length: to - from }, (_, at) => [`${from + at}`, noise(2000, from + at)]))
const keysOf = ({ objects }: MemoryProvider, folder: string): string[] => [...objects.keys()].filter((name) => name.startsWith(folder)).sort()

/** A place where a collection has everything to do: remove snapshots and packs for good, announce others, gather what is left. */
async function made(): Promise<MemoryProvider> {
  const place = memoryProvider()
  const state = freshMemoryState()
  const backup = (held: Record<string, Uint8Array>): Backup => open(dated(place), held, withoutFiles, state)
  await backup({}).init()
  await backup(streams(100, 103)).run()
  now += day
  await backup(streams(0, 1)).run()
  await backup({}).retain()
  now += 8 * day
  // The first is gone, and its packs are announced.
  await backup({}).collect()
  for (let count = 2; count < 6; count++) {
    now += 60_000
    await backup(streams(0, count)).run()
  }
  now += 60_000
  await backup(streams(1, 7)).run()
  await backup({}).retain()
  now += 8 * day
  return place
}

describe('a collection that dies', () => {
  test('after any of its calls, or before it hears the answer, loses nothing, and the next one finishes', async () => {
    const base = await made()
    const whole = mortal(dated(copyOf(base)), withoutFiles, { lastCall: Number.POSITIVE_INFINITY, lostReply: false })
    const report = await open(whole.provider, {}, whole.runtime).collect()
    // Otherwise it would prove little.
    expect(report).toMatchObject({ snapshots: { length: 5 }, gatheredInto: 1 })
    expect(report.removedPacks).toBeGreaterThan(0)
    expect(report.announcedPacks).toBeGreaterThan(report.gatheredPacks)
    const calls = whole.calls()
    const finished = await collectedFrom(copyOf(base))
    const unfinished = new Set<string>()
    for (let lastCall = 0; lastCall < calls; lastCall++) {
      const place = copyOf(base)
      // In turn before the call, and before its answer.
      const life = mortal(dated(place), withoutFiles, { lastCall, lostReply: lastCall % 2 === 1 })
      await expect(open(life.provider, {}, life.runtime).collect()).rejects.toThrow('dead')
      unfinished.add(keysOf(place, '').map((name) => name.split('/')[0]).join(' '))
      expect(await collectedFrom(place)).toEqual(finished)
    }
    // It died before and after a good many of its deeds.
    expect(unfinished.size).toBeGreaterThan(6)
  }, 240_000)
})

/** What is left of which class, when everything had the time it takes. */
async function collectedFrom(place: MemoryProvider): Promise<Record<string, number>> {
  const before = now
  await expectWhole(place)
  for (let rounds = 0; rounds < 4; rounds++) {
    await open(dated(place), {}).collect()
    now += 9 * day
  }
  now = before
  await expectWhole(place)
  return Object.fromEntries(['commits', 'packs', 'index', 'tombs'].map((folder) => [folder, keysOf(place, folder).length]))
}

async function expectWhole(place: MemoryProvider): Promise<void> {
  const source = memorySource()
  const options = { source, providers: [place], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() }
  const stranger = createBackup({ ...options, clock: () => new Date(now) })
  await stranger.restore('latest')
  expectStreams(source.places.get('live'), streams(1, 7))
}
