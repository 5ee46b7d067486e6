import { describe, expect, test } from 'vitest'
import { type Backup, type BackupProvider, createBackup, rawKey } from '../index.ts'
import { type MemoryProvider, fakeClock, memoryProvider, memorySource } from '../testing/index.ts'
import { freshMemoryState, noise, withoutFiles } from '../../test/fixtures.ts'
import { tapped } from '../../test/tapped.ts'

const key = rawKey(new Uint8Array(32).fill(23))
const dayMs = 86_400_000

interface Made {
  readonly backup: Backup
  readonly packs: string[]
  readonly clock: ReturnType<typeof fakeClock>
  /** Another machine, with no memory of its own. */
  elsewhere(): Backup
}

/** A repository with `runs` packs of about the same size. */
async function made(providers: readonly BackupProvider[], place: MemoryProvider, runs = 6): Promise<Made> {
  const clock = fakeClock()
  const source = memorySource()
  const config = { source, providers, keys: key, workers: 0, compression: 'store', runtime: withoutFiles, clock: clock.date } as const
  const backup = createBackup({ ...config, state: freshMemoryState() })
  await backup.init()
  for (let run = 0; run < runs; run++) {
    source.streams.set('data', noise(100_000, run))
    await backup.run()
    await clock.advance(60_000)
  }
  await backup.sync()
  const packs = [...place.objects.keys()].filter((name) => name.startsWith('packs/'))
  return { backup, packs, clock, elsewhere: () => createBackup({ ...config, state: freshMemoryState() }) }
}

const flip = (place: MemoryProvider, name: string): void => {
  const bytes = place.objects.get(name)!.slice()
  bytes[bytes.length >> 1]! ^= 1
  place.objects.set(name, bytes)
}

describe('a scrub', () => {
  test('looks at a part each time, least recently looked at first, until it has seen everything', async () => {
    const place = memoryProvider()
    const reads: string[] = []
    const watched = tapped(place, { before: ({ method, key: name }) => void (method === 'get' && name.startsWith('packs/') && reads.push(name)) })
    const { backup, packs, clock } = await made([watched], place)
    reads.length = 0
    const rounds: string[][] = []
    for (let round = 0; round < 4; round++) {
      const { ok, places } = await backup.scrub({ budgetBytes: 200_000 })
      expect(ok).toBe(true)
      expect(places[0]!.coverage).toBeCloseTo(Math.min(1, ((round + 1) * 2) / packs.length), 1)
      rounds.push(reads.splice(0).sort())
      await clock.advance(dayMs)
    }
    expect(rounds.slice(0, 3).flat().sort()).toEqual(packs.toSorted())
    expect(rounds[3]).toEqual(rounds[0])
  })

  test('looks by itself at a thirtieth, so that a month sees everything', async () => {
    const place = memoryProvider()
    const { backup, packs, clock } = await made([place], place, 3)
    for (let day = 0; day < 30; day++) {
      await backup.scrub()
      await clock.advance(dayMs)
    }
    const [{ coverage, oldest }] = (await backup.scrub()).places as never as [{ coverage: number; oldest: Date }]
    expect(packs.length).toBe(3)
    expect(coverage).toBe(1)
    expect(clock.date().getTime() - oldest.getTime()).toBeLessThan(31 * dayMs)
  })

  test('goes on where another machine stopped, and leaves one record however often it runs', async () => {
    const place = memoryProvider()
    const { backup, packs, clock, elsewhere } = await made([place], place)
    for (let round = 0; round < 5; round++) {
      await (round % 2 === 0 ? backup : elsewhere()).scrub({ budgetBytes: 100_000 })
      await clock.advance(dayMs)
    }
    const { places } = await elsewhere().scrub({ budgetBytes: 100_000 })
    expect(places[0]).toMatchObject({ coverage: 1 })
    expect(places[0]!.packs).toBeLessThan(packs.length)
    expect([...place.objects.keys()].filter((name) => name.startsWith('checks/'))).toHaveLength(1)
  })

  test('goes on after it was cancelled', async () => {
    const place = memoryProvider()
    const controller = new AbortController()
    let reads = 0
    const watched = tapped(place, {
      before({ method, key: name }) {
        if (method === 'get' && name.startsWith('packs/') && ++reads === 3) controller.abort()
      },
    })
    const { backup, packs } = await made([watched], place)
    reads = 0
    await expect(backup.scrub({ budgetBytes: 1e9, signal: controller.signal })).rejects.toMatchObject({ kind: 'cancelled' })
    reads = 10
    const { places } = await backup.scrub({ budgetBytes: 1 })
    expect(places[0]!.coverage).toBeGreaterThanOrEqual(3 / packs.length - 0.01)
  })

  test('opens every pack the first time and now and then, and only compares hashes in between', async () => {
    const place = memoryProvider()
    const { backup, packs, clock } = await made([place], place, 2)
    expect((await backup.scrub({ budgetBytes: 1e9 })).openedPacks).toBe(packs.length)
    await clock.advance(30 * dayMs)
    expect((await backup.scrub({ budgetBytes: 1e9 })).openedPacks).toBe(0)
    await clock.advance(91 * dayMs)
    expect((await backup.scrub({ budgetBytes: 1e9 })).openedPacks).toBe(packs.length)
  })

  test('reads nothing of what the provider vouches for, but to open it', async () => {
    const place = memoryProvider()
    const hash = (name: string): string | undefined => /[0-9a-f]{64}$/.exec(name)?.[0]
    const vouching: BackupProvider = {
      ...place,
      capabilities: { ...place.capabilities, serverHash: 'sha256' },
      async stat(name, options) {
        const found = await place.stat(name, options)
        const sha256 = hash(name)
        return found && sha256 !== undefined ? { ...found, sha256 } : found
      },
    }
    const { backup, clock } = await made([vouching], place, 2)
    await backup.scrub({ budgetBytes: 1e9 })
    await clock.advance(dayMs)
    const { places } = await backup.scrub({ budgetBytes: 1e9 })
    expect(places[0]).toMatchObject({ packs: 2, readBytes: 0, coverage: 1 })
  })

  test('begins where a verification that read everything left off', async () => {
    const place = memoryProvider()
    const { backup, clock } = await made([place], place, 3)
    await backup.verify({ depth: 'data' })
    await clock.advance(dayMs)
    const { places, openedPacks } = await backup.scrub({ budgetBytes: 1 })
    expect(places[0]).toMatchObject({ packs: 1, coverage: 1 })
    expect(openedPacks).toBe(0)
  })
})

describe('damage', () => {
  test('is found, told with the snapshots that need it, marks them, and is looked at again first', async () => {
    const place = memoryProvider()
    const { backup, packs, clock, elsewhere } = await made([place], place)
    const [first] = await backup.snapshots()
    const broken = packs[0]!
    flip(place, broken)
    await backup.scrub({ budgetBytes: 1e9 })
    await clock.advance(dayMs)
    const { ok, damaged, places } = await elsewhere().scrub({ budgetBytes: 1 })
    expect(ok).toBe(false)
    expect(damaged).toEqual([expect.objectContaining({ key: broken, kind: 'corrupt', location: place.location, snapshots: [first!.id] })])
    expect(places[0]!.packs).toBe(1)
    const marked = (await backup.snapshots()).filter(({ suspect }) => suspect)
    expect(marked.map(({ id }) => id)).toEqual([first!.id])
    expect(marked[0]!.suspect).toEqual([expect.stringContaining('is damaged')])
  })

  test('that is no more is forgotten, with the mark', async () => {
    const place = memoryProvider()
    const { backup, packs } = await made([place], place)
    const good = place.objects.get(packs[0]!)!
    flip(place, packs[0]!)
    await backup.scrub({ budgetBytes: 1e9 })
    expect((await backup.snapshots()).some(({ suspect }) => suspect)).toBe(true)
    place.objects.set(packs[0]!, good)
    expect(await backup.scrub({ budgetBytes: 1 })).toMatchObject({ ok: true, damaged: [] })
    expect((await backup.snapshots()).some(({ suspect }) => suspect)).toBe(false)
  })

  test('of one read is no damage: it is read again', async () => {
    const place = memoryProvider()
    let [misread, lies] = ['', 0]
    const unsteady: BackupProvider = {
      ...place,
      async get(name, options) {
        const bytes = await place.get(name, options)
        if (name === misread && lies++ === 0) bytes[70]! ^= 1
        return bytes
      },
    }
    const { backup, packs } = await made([unsteady], place)
    misread = packs[0]!
    expect(await backup.scrub({ budgetBytes: 1e9 })).toMatchObject({ ok: true, damaged: [], healed: [] })
    expect(lies).toBe(2)
  })

  test('is healed from another provider, each being looked at on its own', async () => {
    const [first, second] = [memoryProvider(), memoryProvider()]
    const { backup, packs } = await made([first, second], first)
    flip(first, packs[0]!)
    flip(second, packs[1]!)
    second.objects.delete(packs[2]!)
    const commit = [...second.objects.keys()].find((name) => name.startsWith('commits/'))!
    flip(second, commit)
    const run = backup.scrub({ budgetBytes: 1e9 })
    const told: unknown[] = []
    for await (const event of run) if (event.type === 'copy-healed') told.push(`${event.location} ${event.key}`)
    const { healed, ok, damaged } = await run
    expect(damaged.filter(({ snapshots }) => snapshots.length > 0)).toEqual([])
    await backup.sync()
    expect(told.sort()).toEqual([`${first.location} ${packs[0]}`, `${second.location} ${packs[1]}`, `${second.location} ${commit}`].sort())
    expect(healed.length).toBeGreaterThanOrEqual(3)
    expect(Buffer.compare(first.objects.get(packs[0]!)!, second.objects.get(packs[0]!)!)).toBe(0)
    expect(second.objects.has(packs[2]!)).toBe(true)
    expect(await backup.scrub({ budgetBytes: 1e9 })).toMatchObject({ ok: true })
    expect(typeof ok).toBe('boolean')
  })

  test('of commits, slots, the format object and the restore kit is found every time', async () => {
    const place = memoryProvider()
    const { backup } = await made([place], place, 2)
    await backup.scrub({ budgetBytes: 1 })
    const of = (folder: string): string => [...place.objects.keys()].find((name) => name.startsWith(folder))!
    const broken = ['commits/', 'slots/', 'format/'].map(of)
    const kit = of('restore/')
    for (const name of [...broken, kit]) flip(place, name)
    const { damaged, healed } = await backup.scrub({ budgetBytes: 1 })
    expect(damaged.map(({ key: name }) => name).sort()).toEqual(broken.sort())
    expect(healed).toEqual([{ location: place.location, key: kit }])
  })
})

test('a provider that is away is told, and the others are looked at', async () => {
  const [first, second] = [memoryProvider(), memoryProvider()]
  const { backup } = await made([first, second], first, 2)
  second.store.created = false
  const { places } = await backup.scrub({ budgetBytes: 1e9 })
  expect(places.map(({ coverage, problem }) => [coverage, problem?.kind])).toContainEqual([1, undefined])
  expect(places.find(({ problem }) => problem)?.problem?.kind).toBe('target-missing')
})

