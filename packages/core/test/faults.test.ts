import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, BackupError, createBackup, rawKey, type Run } from '../src/index.ts'
import {
  eventualProvider,
  type FaultKind,
  type MemoryProvider,
  memoryProvider,
  type MemorySource,
  memorySource,
  seededRandom,
  trackFaults,
} from '../src/testing/index.ts'
import { edited, expectStreams, freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'
import { storedUnits } from './stored-units.ts'
import { tapped } from './tapped.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

// Waits between attempts have full jitter: of nothing up to a bound. Here they are always nothing.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0))
afterEach(() => void vi.restoreAllMocks())

const key = rawKey(new Uint8Array(32).fill(6))
const before = { noise: noise(150_000, 1), text: text(60_000) }
const after = { noise: edited(before.noise, [0, 40_000, 80_000, 120_000], 2), text: text(90_000), more: noise(130_000, 3) }
const faulty = trackFaults({ afterEach })

describe('an answer that is lost', () => {
  test('after a pack arrived does not make it travel twice', async () => {
    const { place, state } = await made()
    const provider = faulty(place, { put: [{ fault: 'lost-reply', on: 'packs/', times: 3 }] })
    const { backup } = open(provider, after, state)
    await backup.run()
    const sent = provider.calls.filter(({ method, key: object }) => method === 'put' && object.startsWith('packs/'))
    expect(new Set(sent.map(({ key: object }) => object)).size).toBe(sent.length)
    await expectWhole(place, [before, after])
  })

  test('after a commit arrived does not make two snapshots of one', async () => {
    const { place, state } = await made()
    const provider = faulty(place, { put: [{ fault: 'lost-reply', on: 'commits/' }] })
    const { backup } = open(provider, after, state)
    const { id } = await backup.run()
    expect((await backup.snapshots()).at(-1)!.id).toBe(id)
    await expectWhole(place, [before, after])
  })
})

describe('an object of which only half arrives', () => {
  test.each(['packs/', 'commits/'])('in %s is no snapshot, and the next run succeeds', async (on) => {
    const { place, state } = await made()
    const provider = faulty(place, { put: [{ fault: 'torn', on }] })
    const { backup } = open(provider, after, state)
    await expect(backup.run()).rejects.toMatchObject({ kind: 'exists', key: expect.stringContaining(on) as string })
    expect(await backup.snapshots()).toHaveLength(1)
    await backup.run()
    expect(await snapshotsOf(place)).toEqual([before, after])
  })
})

test('a store that is full in the middle costs nothing that was there, and what fitted is used once there is room', async () => {
  const { place, state } = await made()
  const used = sizeOf(place)
  // Sizes differ a little from repository to repository, because they are padded.
  const tooLittle = (await addedBy(after)) * 0.9
  let cutShort = 0
  for (let room = 0; room < tooLittle; room += 32_768) {
    const store = { objects: new Map(place.objects), created: true }
    const full = open(memoryProvider({ store, capacityBytes: used + room }), after, state)
    await expect(full.backup.run()).rejects.toMatchObject({ kind: 'quota' })
    expect(await full.backup.snapshots()).toHaveLength(1)
    await full.backup.restore('latest')
    expectStreams(full.source.places.get('live'), before)

    const larger = memoryProvider({ store })
    if (store.objects.size > place.objects.size) cutShort++
    await open(larger, after, state).backup.run()
    expect(await storedUnits(larger, key)).toMatchObject({ bytesStoredTwice: 0 })
    await expectWhole(larger, [before, after])
  }
  expect(cutShort).toBeGreaterThan(2)
})

test('a listing that hides what was stored last costs space, and no snapshot', async () => {
  const { place, state } = await made()
  const provider = faulty(place, { list: [{ fault: 'stale', on: 'commits/' }, { fault: 'stale', on: 'commits/', objects: 2 }] })
  await open(provider, after, state).backup.run()
  // Neither of the two sees the newest commit.
  await open(provider, before, state).backup.run()
  await open(provider, after, freshMemoryState()).backup.run()
  expect(await snapshotsOf(place)).toEqual([before, after, before, after])
})

describe('a store whose listings lag behind', () => {
  test.each([1, 2, 3, 4, 5, 6])('is used at once after init, and by two writers, without harm (seed %i)', async (seed) => {
    const place = memoryProvider()
    const provider = eventualProvider(place, { seed, lagMs: 60 })
    const state = freshMemoryState()
    const { backup } = open(provider, before, state)
    await backup.init()
    // Somebody who does not remember, and does not see it yet, must not make a second repository in the same place.
    expect(await open(provider, before, freshMemoryState()).backup.init()).toMatchObject({ created: false })
    await backup.run()
    const other = open(provider, before, freshMemoryState())
    await other.backup.run()
    other.source.streams.set('text', text(90_000))
    await Promise.all([other.backup.run(), backup.run()])
    const { backup: stranger, source } = open(provider, {}, freshMemoryState())
    await stranger.snapshots()
    await new Promise((resolve) => setTimeout(resolve, 100))
    for (const { id, streams } of await stranger.snapshots()) {
      await stranger.restore(id, { to: id })
      const { sizeBytes } = streams.find(({ name }) => name === 'text')!
      expectStreams(source.places.get(id), { ...before, text: text(sizeBytes) })
    }
    expect(source.places.size).toBe(4)
    expect(await stranger.verify({ depth: 'data' })).toMatchObject({ ok: true, unusedPacks: 0 })
  })

  test('still says what is wrong with a passphrase, a little later', async () => {
    const { place } = await made()
    const provider = eventualProvider(place, { seed: 1, lagMs: 60 })
    const wrong = createBackup({ source: memorySource(), providers: [provider], keys: rawKey(new Uint8Array(32)), runtime: withoutFiles, workers: 0, state: freshMemoryState() })
    await expect(wrong.snapshots()).rejects.toMatchObject({ kind: 'key' })
  })
})

describe('when one call in five fails', () => {
  test.each(Array.from({ length: 12 }, (_, at) => at + 1))('backup, restore and verify come through (seed %i)', async (seed) => {
    const { place, state } = await made()
    const provider = faulty(place, { seed, rate: 0.2 })
    const { backup, source } = open(provider, after, state)
    await stubborn(() => backup.run())
    source.streams.set('text', text(100_000))
    await stubborn(() => backup.run())
    await stubborn(() => backup.restore('latest', { overwrite: true }))
    expectStreams(source.places.get('live'), { ...after, text: text(100_000) })
    expect(await stubborn(() => backup.verify({ depth: 'data' }))).toMatchObject({ ok: true })
    const lengths = (await snapshotsOf(place)).map(({ text: found }) => found!.length)
    // A run that gives up may have committed before, so there may be one more than was heard of.
    expect([...new Set(lengths)]).toEqual([60_000, 90_000, 100_000])
  })
})

describe('cancelling', () => {
  const hangs: readonly FaultKind['fault'][] = ['hang', 'hang-for-ever']

  test.each(hangs)('a run whose put does not answer (%s) ends it at once, and the next one is clean', async (fault) => {
    const { place, state } = await made()
    const { backup } = open(faulty(place, { put: [{ fault, on: 'packs/' } as FaultKind] }), after, state)
    await expectPromptEnd(backup.run())
    await backup.run()
    expect(await storedUnits(place, key)).toMatchObject({ bytesStoredTwice: 0 })
    await expectWhole(place, [before, after])
  })

  test.each(hangs)('a restore whose get does not answer (%s) ends it at once, and delivers nothing', async (fault) => {
    const { place, state } = await made()
    const { backup, source } = open(faulty(place, { get: [{ fault, on: 'packs/' } as FaultKind] }), {}, state)
    // By a signal of the caller's own this time.
    const controller = new AbortController()
    await expectPromptEnd(backup.restore('latest', { signal: controller.signal }), () => controller.abort())
    expect(source.places.size).toBe(0)
    await backup.restore('latest')
    expectStreams(source.places.get('live'), before)
  })

  test('a run at any moment leaves nothing that matters', async () => {
    const outcomes = { cancelled: 0, done: 0 }
    for (let seed = 1; seed <= 30; seed++) {
      const { place, state } = await made()
      const random = seededRandom(seed)
      const moment = 1 + random.below(24)
      const cancel = { now: (): void => {} }
      const provider = tapped(place, { [random.below(2) ? 'before' : 'after']: ({ number }: { number: number }) => void (number === moment && cancel.now()) })
      const { backup } = open(provider, after, state)
      const run = backup.run()
      cancel.now = () => run.cancel()
      const outcome = await run.then(
        () => 'done' as const,
        (error: unknown) => (BackupError.is(error, 'cancelled') ? ('cancelled' as const) : Promise.reject(error)),
      )
      outcomes[outcome]++
      // A commit that was on its way may have arrived.
      const committed = (await snapshotsOf(place)).length - 1
      expect(committed).toBeGreaterThanOrEqual(outcome === 'done' ? 1 : 0)
      await backup.run()
      expect(await storedUnits(place, key)).toMatchObject({ bytesStoredTwice: 0 })
      await expectWhole(place, [before, ...Array<typeof after>(committed + 1).fill(after)])
    }
    expect(outcomes.cancelled).toBeGreaterThan(15)
  })

  test('a run after it is done has no effect on what comes later', async () => {
    const { place, state } = await made()
    const { backup } = open(place, after, state)
    const run = backup.run()
    await run
    run.cancel()
    await open(place, before, freshMemoryState()).backup.run()
    expect(await backup.snapshots()).toHaveLength(3)
    await backup.run()
    await expectWhole(place, [before, after, before, after])
  })
})

/** A repository with one snapshot, of `before`. */
async function made(): Promise<{ place: MemoryProvider; state: string }> {
  const place = memoryProvider()
  const state = freshMemoryState()
  const { backup } = open(place, before, state)
  await backup.init()
  await backup.run()
  return { place, state }
}

function open(provider: BackupProvider, streams: Readonly<Record<string, Uint8Array>>, state: string): { backup: Backup; source: MemorySource } {
  const source = memorySource(streams)
  const backup = createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state, compression: 'lz4' })
  return { backup, source }
}

const sizeOf = ({ objects }: MemoryProvider): number => [...objects.values()].reduce((sum, { length }) => sum + length, 0)

/** How many bytes a run needs that finds enough room. */
async function addedBy(streams: Readonly<Record<string, Uint8Array>>): Promise<number> {
  const { place, state } = await made()
  const used = sizeOf(place)
  await open(place, streams, state).backup.run()
  return sizeOf(place) - used
}

/** Even five attempts may all fail; then somebody tries again. Only kinds that are worth it are forgiven. */
async function stubborn<T>(attempt: () => PromiseLike<T>): Promise<T> {
  for (let left = 3; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0 || !BackupError.is(error, 'transient')) throw error
    }
  }
}

/** Cancels it once it is stuck. */
async function expectPromptEnd(run: Run<unknown>, cancel: () => void = () => run.cancel()): Promise<void> {
  setTimeout(cancel, 200)
  const startedAt = performance.now()
  await expect(run).rejects.toMatchObject({ kind: 'cancelled' })
  expect(performance.now() - startedAt).toBeLessThan(30_000)
}

/** What a stranger with nothing but the objects finds in each snapshot. */
async function snapshotsOf(place: MemoryProvider): Promise<Record<string, Uint8Array>[]> {
  const { backup, source } = open(place, {}, freshMemoryState())
  const found: Record<string, Uint8Array>[] = []
  for (const { id } of await backup.snapshots()) {
    await backup.restore(id, { to: id })
    found.push(Object.fromEntries(source.places.get(id)!))
  }
  return found
}

async function expectWhole(place: MemoryProvider, expected: readonly Record<string, Uint8Array>[]): Promise<void> {
  const found = await snapshotsOf(place)
  expect(found).toHaveLength(expected.length)
  found.forEach((streams, at) => expectStreams(new Map(Object.entries(streams)), expected[at]!))
  const report = await open(place, {}, freshMemoryState()).backup.verify({ depth: 'data' })
  expect(report).toMatchObject({ ok: true, problems: [] })
}
