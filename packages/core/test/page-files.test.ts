import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupConfig, createBackup, rawKey } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider, memorySource, type SeededRandom, seededRandom } from '../src/testing/index.ts'
import { freshFolder, freshMemoryState, freshState, text, withoutFiles } from './fixtures.ts'
import { storedUnits } from './stored-units.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

const key = rawKey(new Uint8Array(32).fill(2))

describe.each([
  { deltas: false, workers: 0, rounds: 30, bytes: 300_000 },
  { deltas: true, workers: 0, rounds: 30, bytes: 300_000 },
  // Large enough that both lanes have something to do.
  { deltas: false, workers: 2, rounds: 6, bytes: 5_000_000 },
  { deltas: true, workers: 2, rounds: 6, bytes: 5_000_000 },
])('deltas $deltas, $workers workers:', ({ deltas, workers, rounds, bytes }) => {
  test(`whatever happens to a file in ${rounds} rounds, every snapshot is what it was`, async () => {
    const place = await repository()
    const random = seededRandom(bytes + Number(deltas))
    const history: Uint8Array[] = []
    let content: Uint8Array = text(bytes)
    for (let round = 0; round < rounds; round++) {
      const pageBytes = random.below(6) === 0 ? 1024 : 4096
      await place.write(content, random.below(3) === 0)
      const backup = place.open({ deltas, workers }, pageBytes)
      const snapshot = await backup.run()
      expect(snapshot.sizeBytes).toBe(content.length)
      history.push(content)
      await place.expectRestored(backup, 'latest', content)
      content = changes[random.below(changes.length)]!(content, random)
    }
    await place.expectHistory(history)
    expect((await storedUnits(place.provider, key)).longestChain > 0).toBe(deltas)
  })
})

test('a page that is edited again and again is right in every snapshot, and its chain of deltas stays short', async () => {
  const place = await repository()
  const history: Uint8Array[] = []
  const content = text(40_000)
  const random = seededRandom(3)
  const backup = place.open({ deltas: true, workers: 0 })
  for (let edit = 0; edit < 24; edit++) {
    content.set(random.bytes(8), 8192 + random.below(4000))
    await place.write(content)
    await backup.run()
    history.push(content.slice())
  }
  await place.expectHistory(history)
  const { longestChain } = await storedUnits(place.provider, key)
  expect(longestChain).toBe(8)
  for (const [at, { id }] of (await backup.snapshots()).entries()) await place.expectRestored(backup, id, history[at]!)
})

test('with deltas a small edit of every page costs a fraction of the pages', async () => {
  const [plain, delta] = [await repository(), await repository()]
  const stored: number[] = []
  for (const [place, deltas] of [[plain, false], [delta, true]] as const) {
    const content = seededRandom(4).bytes(400_000)
    await place.write(content)
    await place.open({ deltas, workers: 0 }).run()
    for (let page = 0; page < content.length; page += 4096) content[page + 99]! ^= 1
    await place.write(content)
    stored.push((await place.open({ deltas, workers: 0 }).run()).storedBytes)
    await place.expectRestored(place.open({ deltas, workers: 0 }), 'latest', content)
  }
  expect(stored[0]).toBeGreaterThan(400_000)
  expect(stored[1]).toBeLessThan(40_000)
})

test('only pages that changed are stored, though nothing tells which', async () => {
  const place = await repository()
  const content = seededRandom(5).bytes(1_000_000)
  await place.write(content)
  await place.open({ workers: 0 }).run()
  for (const page of [3, 77, 243]) content[page * 4096 + 1]! ^= 1
  await place.write(content)
  const { freshBytes } = await place.open({ workers: 0 }).run()
  expect(freshBytes).toBe(3 * 4096)
})

test('a local copy of the pages that is gone, or of something else, makes deltas rare and never wrong', async () => {
  const place = await repository()
  const history: Uint8Array[] = []
  const random = seededRandom(6)
  const content = text(200_000)
  const run = async (): Promise<void> => {
    for (let page = 0; page < content.length; page += 4096) content.set(random.bytes(4), page + random.below(1000))
    await place.write(content)
    await place.open({ deltas: true, workers: 0 }).run()
    history.push(content.slice())
  }
  await run()
  await run()
  await rm(await place.shadow())
  await run()
  await writeFile(await place.shadow(), random.bytes(200_000))
  await run()
  await writeFile(await place.shadow(), random.bytes(100))
  await run()
  await run()
  await place.expectHistory(history)
})

test.each([0, 2])('a local copy of the pages that cannot be kept costs deltas, and one warning, with %i workers', async (workers) => {
  const place = await repository()
  const content = seededRandom(8).bytes(5_000_000)
  const history: Uint8Array[] = []
  const run = async (): Promise<{ stored: number; warnings: string[] }> => {
    for (let page = 0; page < content.length; page += 4096) content[page + 99]!++
    await place.write(content)
    const running = place.open({ deltas: true, workers }).run()
    const warnings: string[] = []
    for await (const event of running) if (event.type === 'warning') warnings.push(event.message)
    history.push(content.slice())
    return { stored: (await running).storedBytes, warnings }
  }
  await run()
  const undisturbed = await run()
  expect(undisturbed.stored).toBeLessThan(1_000_000)
  expect(undisturbed.warnings).toEqual([])
  const shadow = await place.shadow()
  await rm(shadow)
  await mkdir(shadow)
  const { stored, warnings } = await run()
  expect(stored).toBeGreaterThan(5_000_000)
  expect(warnings).toEqual([expect.stringContaining(shadow)])
  await rm(shadow, { recursive: true })
  await run()
  expect((await run()).stored).toBeLessThan(1_000_000)
  await place.expectHistory(history)
})

test('a restore that is cancelled at any moment leaves no trace, and the place as it was', async () => {
  const place = await repository()
  const content = seededRandom(7).bytes(700_000)
  await place.write(content)
  await place.open({ workers: 0 }).run()
  const restored = join(place.folder, 'restored')
  await writeFile(restored, 'as it was')
  let cancelled = 0
  for (let calls = 0; calls < 12; calls++) {
    let left = calls
    let cancel = (): void => {}
    const get: MemoryProvider['get'] = async (...call) => {
      if (left-- === 0) cancel()
      return place.provider.get(...call)
    }
    const run = place.open({ workers: 0, providers: [{ ...place.provider, get }] }).restore('latest', { to: restored, overwrite: true })
    cancel = () => run.cancel()
    const outcome = await run.then(() => 'done', (error: { kind: string }) => error.kind)
    if (outcome === 'cancelled') cancelled++
    expect(await place.files()).toEqual(['live', 'restored'])
    expect((await readFile(restored)).length).toBe(outcome === 'cancelled' ? 'as it was'.length : content.length)
    await writeFile(restored, 'as it was')
  }
  expect(cancelled).toBeGreaterThan(8)
})

type Change = (content: Uint8Array, random: SeededRandom) => Uint8Array

const changes: readonly Change[] = [
  // Some bytes here and there; twice as likely as the others.
  scattered,
  scattered,
  // Whole pages that are like others.
  (content, random) => {
    const copy = content.slice()
    for (let times = random.below(6); times >= 0; times--) copy.copyWithin(random.below(content.length), random.below(content.length), content.length)
    return copy
  },
  (content) => content,
  (content, random) => joined(content, random.bytes(random.below(30_000))),
  (content, random) => joined(content, new Uint8Array(random.below(30_000))),
  (content, random) => content.slice(0, content.length - random.below(Math.min(content.length, 20_000))),
  // Everything moves by a little.
  (content, random) => joined(random.bytes(1 + random.below(3)), content),
  (_, random) => random.bytes(random.below(100_000)),
  () => new Uint8Array(0),
  (content) => (content.length > 100_000 ? content.slice().reverse() : text(250_000)),
]

function scattered(content: Uint8Array, random: SeededRandom): Uint8Array {
  const copy = content.slice()
  for (let times = random.below(40); times >= 0 && copy.length > 8; times--) copy.set(random.bytes(1 + random.below(8)), random.below(copy.length - 8))
  return copy
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Uint8Array.from(Buffer.concat([one, other]))
}

interface Place {
  readonly folder: string
  readonly provider: MemoryProvider
  open(options: Partial<BackupConfig>, pageBytes?: number): Backup
  /** @param replace puts another file in its place */
  write(content: Uint8Array, replace?: boolean): Promise<void>
  /** The file with the previous version of the pages. */
  shadow(): Promise<string>
  files(): Promise<string[]>
  expectRestored(backup: Backup, snapshot: string, expected: Uint8Array): Promise<void>
  /** What a stranger finds in all snapshots. */
  expectHistory(history: readonly Uint8Array[]): Promise<void>
}

async function repository(): Promise<Place> {
  const [folder, state] = [await freshFolder(), await freshState()]
  const provider = memoryProvider()
  const live = join(folder, 'live')
  const open: Place['open'] = (options, pageBytes = 4096) =>
    createBackup({ source: pageFile(live, { pageBytes }), providers: [provider], keys: key, state, zone: 'UTC', compression: 'lz4', ...options })
  const { repository: id } = await open({}).init()
  return {
    folder,
    provider,
    open,
    async write(content, replace = false) {
      if (!replace) return writeFile(live, content)
      await writeFile(`${live}.new`, content)
      await rename(`${live}.new`, live)
    },
    async shadow() {
      const items = join(state, id, 'items')
      return join(items, (await readdir(items)).find((name) => name.startsWith('shadow-'))!)
    },
    files: async () => (await readdir(folder)).sort(),
    async expectRestored(backup, snapshot, expected) {
      const to = join(folder, 'restored')
      await backup.restore(snapshot, { to, overwrite: true })
      expect(Buffer.compare(await readFile(to), expected)).toBe(0)
      await rm(to)
    },
    async expectHistory(history) {
      const source = memorySource()
      const stranger = createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
      const snapshots = await stranger.snapshots()
      expect(snapshots).toHaveLength(history.length)
      for (const [at, { id: snapshot }] of snapshots.entries()) {
        await stranger.restore(snapshot, { to: snapshot })
        expect(Buffer.compare(source.places.get(snapshot)!.get('main')!, history[at]!), `snapshot ${at + 1}`).toBe(0)
        source.places.clear()
      }
      expect(await stranger.verify({ depth: 'data' })).toMatchObject({ ok: true, unusedPacks: 0 })
    },
  }
}
