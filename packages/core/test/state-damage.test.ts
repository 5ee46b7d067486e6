import { cp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { pageFile } from '../src/node/index.ts'
import { memoryProvider, type MemoryProvider, memorySource, seededRandom } from '../src/testing/index.ts'
import { edited, freshFolder, freshMemoryState, freshState, text, withoutFiles } from './fixtures.ts'
import { tapped } from './tapped.ts'

/**
 * Local state is a cache. Whatever happens to it between two runs, the next snapshot is what the source holds: slower perhaps, never
 * wrong.
 */

const key = rawKey(new Uint8Array(32).fill(4))
const original = text(40_000)
const second = edited(original, [700, 9000, 20_000], 1)
const interrupted = edited(second, [9000, 9600, 30_000], 2)
const latest = edited(interrupted, [100, 9000, 39_000], 3)

interface Setting {
  readonly folder: string
  readonly repository: string
  /** State after the first snapshot, and after the second, an interrupted third and none since. */
  readonly early: string
  readonly late: string
  readonly provider: MemoryProvider
}

let setting: Setting

beforeAll(async () => {
  const folder = await freshFolder()
  const state = await freshState()
  const provider = memoryProvider()
  const { repository } = await opened(folder, provider, state).init()
  await writeFile(join(folder, 'live'), original)
  await opened(folder, provider, state).run()
  const early = await copyOf(state)
  await writeFile(join(folder, 'live'), second)
  await opened(folder, provider, state).run()
  await writeFile(join(folder, 'live'), interrupted)
  // The packs of this one arrive, its commit does not.
  const dying = tapped(provider, { before: ({ method, key: object }) => fail(method === 'put' && object.startsWith('commits/')) })
  await expect(opened(folder, dying, state).run()).rejects.toMatchObject({ kind: 'permanent' })
  await writeFile(join(folder, 'live'), latest)
  setting = { folder, repository, early, late: state, provider }
})

test('what is damaged here is all that there is', async () => {
  const items = (await readdir(itemsIn(setting.late))).map((name) => name.split('-')[0])
  expect(items.sort()).toEqual(['sent', 'session', 'shadow', 'stream', 'writer'])
  expect(await readdir(join(setting.late, 'targets', 'items'))).toHaveLength(1)
})

describe.each([
  { kind: 'writer', samples: 70 },
  { kind: 'session', samples: 30 },
  { kind: 'sent', samples: 30 },
  { kind: 'target', samples: 8 },
  { kind: 'stream', samples: 40 },
  { kind: 'shadow', samples: 10 },
])('of local state, the item "$kind"', ({ kind, samples }) => {
  test('may have a bit flipped anywhere', async () => {
    const { size } = await stat(await pathOf(setting.late, kind))
    for (let place = 0; place < size; place += Math.max(1, Math.floor(size / samples))) {
      await survives(`bit flipped in byte ${place}`, async (state) => {
        const path = await pathOf(state, kind)
        const bytes = await readFile(path)
        bytes[place]! ^= 1 << ((place * 3) % 8)
        await writeFile(path, bytes)
      })
    }
  }, 300_000)

  test('may be cut to any length, or gone', async () => {
    const { size } = await stat(await pathOf(setting.late, kind))
    for (const length of new Set([0, 3, 4, 100, size >> 1, size - 33, size - 1])) {
      await survives(`cut to ${length}`, async (state) => truncate(await pathOf(state, kind), Math.max(0, length)))
    }
    await survives('gone', async (state) => rm(await pathOf(state, kind)))
  })

  test('may hold something else: zeros, rubbish, more than it had, what it held before, another item', async () => {
    const { size } = await stat(await pathOf(setting.late, kind))
    const others: Record<string, (bytes: Uint8Array) => Promise<Uint8Array> | Uint8Array> = {
      zeros: () => new Uint8Array(size),
      rubbish: () => seededRandom(size).bytes(size),
      'a huge header': (bytes) => Uint8Array.from([255, 255, 255, 255, ...bytes.subarray(4)]),
      'more than it had': (bytes) => Uint8Array.from([...bytes, ...bytes]),
      'the stream item': async () => readFile(await pathOf(setting.late, 'stream')),
      'the writer item': async () => readFile(await pathOf(setting.late, 'writer')),
      ...(kind !== 'sent' && { 'what it held before': async () => readFile(await pathOf(setting.early, kind)) }),
    }
    for (const [name, make] of Object.entries(others)) {
      await survives(name, async (state) => {
        const path = await pathOf(state, kind)
        await writeFile(path, await make(await readFile(path)))
      })
    }
  })
})

test('a beginning of one version and an end of another, cut anywhere, are not taken for either', async () => {
  // The data is what the second snapshot has: fingerprints of that one beside ids of the first would hide every change between them.
  const [early, late] = await Promise.all([setting.early, setting.late].map(async (state) => readFile(await pathOf(state, 'stream'))))
  expect(early!.length).toBe(late!.length)
  for (let cut = 16; cut < early!.length; cut += 250) {
    for (const [begin, end] of [[early!, late!], [late!, early!]] as const) {
      await survives(
        `spliced at ${cut}`,
        async (state) => writeFile(await pathOf(state, 'stream'), Buffer.concat([begin.subarray(0, cut), end.subarray(cut)])),
        second,
      )
    }
  }
})

test.each([
  ['a longer tail', { tail: 1 }],
  ['a shorter tail', { tail: -1 }],
  ['another size', { size: 1 }],
  ['a tail longer than the pack', { tail: 1_000_000 }],
])('a note of a pack that was sent may say of it %s', async (what, lies: Record<string, number>) => {
  await survives(what, async (state) => {
    const path = await pathOf(state, 'sent')
    const note = JSON.parse(await readFile(path, 'utf8')) as Record<string, number>
    for (const [field, more] of Object.entries(lies)) note[field]! += more
    await writeFile(path, JSON.stringify(note))
  })
})

test('a note may name a pack that was damaged since', async () => {
  const { provider, late } = setting
  const note = JSON.parse(await readFile(await pathOf(late, 'sent'), 'utf8')) as { name: string; size: number }
  const object = `packs/${note.name.slice(0, 2)}/${note.name}`
  const whole = provider.objects.get(object)!
  for (const place of [10, 40, note.size - 30, note.size - 1]) {
    const damaged = whole.slice()
    damaged[place]! ^= 1
    provider.objects.set(object, damaged)
    await survives(`damaged at ${place}`, async () => {})
  }
  provider.objects.set(object, whole)
})

describe('the whole state', () => {
  test('may be gone', async () => {
    await survives('gone', async (state) => rm(state, { recursive: true }))
    await survives('items gone', async (state) => rm(itemsIn(state), { recursive: true }))
  })

  test('may be removed while a Backup is open, again and again', async () => {
    const provider = memoryProvider({ store: { objects: new Map(setting.provider.objects), created: true } })
    const state = await copyOf(setting.late)
    await writeFile(join(setting.folder, 'live'), latest)
    const backup = opened(setting.folder, provider, state)
    await backup.snapshots()
    for (let round = 0; round < 3; round++) {
      await rm(state, { recursive: true })
      const { freshBytes } = await backup.run()
      expect(freshBytes > 0).toBe(round === 0)
    }
    // What it remembers from then on is in its place again.
    expect(await readdir(itemsIn(state))).toContain('writer')
  })

  test('may be shared by two Backups of one process', async () => {
    const provider = memoryProvider({ store: { objects: new Map(setting.provider.objects), created: true } })
    const state = await copyOf(setting.late)
    await writeFile(join(setting.folder, 'live'), latest)
    const backups = [opened(setting.folder, provider, state), opened(setting.folder, provider, state)]
    for (let round = 0; round < 5; round++) {
      for (const run of backups.map((backup) => backup.run())) {
        const warnings: string[] = []
        for await (const event of run) if (event.type === 'warning') warnings.push(event.message)
        expect(warnings).toEqual([])
        await run
      }
    }
  })

  test('may be that of an earlier time', async () => {
    await survives('early', async (state) => {
      await rm(state, { recursive: true })
      await cp(setting.early, state, { recursive: true })
    })
  })

  test('may be that of another repository with the same data', async () => {
    const state = await freshState()
    const other = memoryProvider({ location: 'memory:other' })
    await writeFile(join(setting.folder, 'live'), interrupted)
    const { repository } = await opened(setting.folder, other, state).init()
    await opened(setting.folder, other, state).run()
    await survives('of another repository', async (copy) => {
      await rm(itemsIn(copy), { recursive: true })
      await cp(join(state, repository, 'items'), itemsIn(copy), { recursive: true })
    })
  })

  test('may lose all its items together to flipped bits', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      await survives(`seed ${seed}`, async (state) => {
        const random = seededRandom(seed)
        for (const name of await readdir(itemsIn(state))) {
          const bytes = await readFile(join(itemsIn(state), name))
          for (let flips = 0; flips < 3; flips++) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
          await writeFile(join(itemsIn(state), name), bytes)
        }
      })
    }
  })
})

/** After the damage a run makes a snapshot that somebody without any state restores to exactly what the file holds. */
async function survives(what: string, damage: (state: string) => Promise<void>, live: Uint8Array = latest): Promise<void> {
  const { folder, late } = setting
  const provider = memoryProvider({ store: { objects: new Map(setting.provider.objects), created: true } })
  const state = await copyOf(late)
  await damage(state)
  await writeFile(join(folder, 'live'), live)
  await opened(folder, provider, state).run()

  const source = memorySource()
  const stranger = createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  const snapshots = await stranger.snapshots()
  expect(snapshots, what).toHaveLength(3)
  for (const [at, expected] of [original, second, live].entries()) {
    await stranger.restore(snapshots[at]!.id, { to: `${at}` })
    expect(Buffer.compare(source.places.get(`${at}`)!.get('main')!, expected), `${what}, snapshot ${at + 1}`).toBe(0)
  }
  await rm(state, { recursive: true, force: true })
}

function opened(folder: string, provider: BackupProvider, state: string): Backup {
  const source = pageFile(join(folder, 'live'), { pageBytes: 512 })
  return createBackup({ source, providers: [provider], keys: key, workers: 0, state, deltas: true, compression: 'lz4' })
}

async function copyOf(state: string): Promise<string> {
  const copy = await freshState()
  await cp(state, copy, { recursive: true })
  return copy
}

const itemsIn = (state: string): string => join(state, setting.repository, 'items')

/** Items of one kind have names with something else behind. */
async function pathOf(state: string, kind: string): Promise<string> {
  const folder = kind === 'target' ? join(state, 'targets', 'items') : itemsIn(state)
  const name = (await readdir(folder)).find((candidate) => candidate.startsWith(kind))
  return join(folder, name ?? kind)
}

function fail(now: boolean): void {
  if (now) throw new Error('The process died.')
}
