import { expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { memoryProvider, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise, withoutFiles } from './fixtures.ts'

const key = rawKey(new Uint8Array(32).fill(29))
const minute = 60_000
const day = 1440 * minute

test('a process that begins in the middle of a session does not count on packs whose removal was announced meanwhile', async () => {
  let now = Date.UTC(2031, 0, 1)
  const place = memoryProvider()
  const dated: BackupProvider = {
    ...place,
    async *list(prefix, options) {
      for await (const object of place.list(prefix, options)) yield { ...object, modifiedAt: new Date(Date.UTC(2030, 0, 1)) }
    },
  }
  const collection = { listMs: 0, lateMs: 0, lifeMs: day, graceMs: day, undoMs: 0 }
  const open = (state: string, streams: Record<string, Uint8Array>, source = memorySource(streams)): Backup =>
    createBackup({ source, providers: [dated], keys: key, runtime: withoutFiles, workers: 0, compression: 'store', collection, state, clock: () => new Date(now) })
  const state = freshMemoryState()
  const [x, y] = [noise(3000, 1), noise(3000, 2)]
  const first = open(state, { x })
  await first.init()
  const { id } = await first.run()
  now += minute
  await open(state, { y }).run()

  const commit = [...place.objects.keys()].find((name) => name.endsWith(id))!
  const bytes = place.objects.get(commit)!
  const collector = open(freshMemoryState(), {})
  await collector.remove([id], { reason: 'a test' })
  now += minute
  expect(await collector.collect()).toMatchObject({ snapshots: [id], announcedPacks: 1, removedPacks: 0 })
  // A listing that lags still shows the commit, and what it held comes back.
  place.objects.set(commit, bytes)
  now += minute
  await open(state, { x }).run()

  // The announced pack goes, and is not missed.
  now += 2 * day
  expect(await collector.collect()).toMatchObject({ removedPacks: 1 })
  const source = memorySource()
  await open(freshMemoryState(), {}, source).restore('latest')
  expectStreams(source.places.get('live'), { x })
})
