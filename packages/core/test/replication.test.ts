import { describe, expect, test } from 'vitest'
import { type Backup, type BackupEvent, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { nodeRuntime } from '../src/node/index.ts'
import { BackupError } from '../src/errors.ts'
import { type MemoryProvider, type MemorySource, memoryProvider, memorySource, seededRandom } from '../src/testing/index.ts'
import { freshState, noise } from './fixtures.ts'

/** One backup on several providers: each of them is a complete repository, and what one loses the others give back. */

const key = rawKey(new Uint8Array(32).fill(23))

interface Place extends BackupProvider {
  readonly inner: MemoryProvider
  isDown: boolean
}

function place(): Place {
  const inner = memoryProvider()
  const check = (): void => {
    if (self.isDown) throw new BackupError('auth', 'The account is suspended.', { plugin: 'memory' })
  }
  const self: Place = {
    ...inner,
    inner,
    isDown: false,
    open: async (options) => (check(), inner.open(options)),
    put: async (...all) => (check(), inner.put(...all)),
    get: async (...all) => (check(), inner.get(...all)),
    stat: async (...all) => (check(), inner.stat(...all)),
    async *list(...all) {
      check()
      yield* inner.list(...all)
    },
    delete: async (...all) => (check(), inner.delete(...all)),
  }
  return self
}

async function open(source: MemorySource, providers: readonly BackupProvider[], state: string, required = 1): Promise<Backup> {
  return createBackup({ source, providers, keys: key, runtime: nodeRuntime, state, copies: { required }, workers: 0 })
}

/** Every snapshot comes back from this provider alone, with no local state. */
async function expectAll(provider: BackupProvider, history: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const source = memorySource()
  const alone = await open(source, [provider], await freshState())
  expect((await alone.snapshots()).map(({ id }) => id).sort()).toEqual([...history.keys()].sort())
  for (const [id, bytes] of history) {
    await alone.restore(id, { to: id })
    expect(Buffer.compare(source.places.get(id)!.get('main')!, bytes)).toBe(0)
  }
  expect(await alone.verify({ depth: 'data' })).toMatchObject({ ok: true })
  await alone.close()
}

describe('three providers', () => {
  test('hold the same: any one of them is enough', async () => {
    const places = [place(), place(), place()]
    const source = memorySource({ main: noise(300_000, 1) })
    const backup = await open(source, places, await freshState(), 2)
    await backup.init()
    const history = new Map<string, Uint8Array>()
    for (let round = 0; round < 5; round++) {
      source.streams.set('main', noise(300_000 + round, round))
      history.set((await backup.run()).id, source.streams.get('main')!)
    }
    expect((await backup.sync()).map(({ waiting }) => waiting)).toEqual([0, 0, 0])
    await backup.close()
    expect(new Set(places[1]!.inner.objects.keys())).toEqual(new Set(places[0]!.inner.objects.keys()))
    // Whoever restores from one of them alone leaves a line in the audit trail there.
    for (const each of places) await expectAll(each, history)
  })

  test('outlive that one is away, another loses objects and the third damages some', async () => {
    const places = [place(), place(), place()]
    const [away, forgetful, damaging] = places as [Place, Place, Place]
    const state = await freshState()
    const source = memorySource({ main: noise(200_000, 1) })
    const random = seededRandom(5)
    let backup = await open(source, places, state)
    await backup.init()
    const history = new Map<string, Uint8Array>()
    const touched = new Set<string>()
    for (let round = 0; round < 30; round++) {
      away.isDown = round >= 5 && round < 25
      const changed = source.streams.get('main')!.slice()
      for (let change = 0; change < 3; change++) changed.set(random.bytes(500), random.below(changed.length - 500))
      source.streams.set('main', changed)
      history.set((await backup.run()).id, changed)
      // Somebody tidies up, and a disk loses a bit.
      await backup.sync()
      const packs = [...forgetful.inner.objects.keys()].filter((name) => name.startsWith('packs/') && !touched.has(name))
      const name = packs[random.below(packs.length)]!
      // Not the same object in both: that would be lost, as long as the third provider is away.
      if (round % 4 === 1) forgetful.inner.objects.delete(name)
      else if (round % 7 === 3) {
        touched.add(name)
        damaging.inner.objects.set(name, damaging.inner.objects.get(name)!.map((byte, at) => (at === 70 ? byte ^ 4 : byte)))
      }
      if (round % 10 === 9) {
        await backup.close()
        backup = await open(source, places, state)
      }
    }
    // The provider is back for ten runs; what it is known to lack comes by itself, what others lost when it is looked for.
    const after = await backup.sync()
    expect(after.map(({ waiting }) => waiting)).toEqual([0, 0, 0])
    await backup.close()
    await expectAll(away, history)
    await expectAll(forgetful, history)
  })

  test('heal a damaged pack while it is restored', async () => {
    const places = [place(), place()]
    const source = memorySource({ main: noise(400_000, 2) })
    const backup = await open(source, places, await freshState())
    await backup.init()
    await backup.run()
    await backup.sync()
    for (const [at, { inner }] of places.entries()) {
      const packs = [...inner.objects.keys()].filter((name) => name.startsWith('packs/'))
      const name = packs.sort()[at % packs.length]!
      if (at === 0) inner.objects.set(name, inner.objects.get(name)!.map((byte, index) => (index === 5000 ? byte ^ 1 : byte)))
    }
    const healing: string[] = []
    for (let round = 0; round < 6; round++) {
      const run = backup.restore('latest', { to: `copy-${round}` })
      for await (const event of run) if (event.type === 'copy-healed') healing.push(event.location)
      await run
      expect(source.places.get(`copy-${round}`)!.get('main')).toEqual(source.streams.get('main'))
    }
    await backup.close()
    // Whichever was asked first: either the damage was met and healed, or it is still there and did no harm.
    const healed = [...places[0]!.inner.objects].every(([name, bytes]) => Buffer.compare(bytes, places[1]!.inner.objects.get(name)!) === 0)
    expect(healing).toEqual(healed ? [places[0]!.location] : [])
  })
})

test('a provider that is added is created by init() and filled from the others', async () => {
  const [first, second] = [place(), place()]
  const state = await freshState()
  const source = memorySource({ main: noise(100_000, 3) })
  const alone = await open(source, [first], state)
  await alone.init()
  const { id } = await alone.run()
  await alone.close()

  const both = await open(source, [first, second], state)
  const events: BackupEvent[] = []
  const run = both.run()
  for await (const event of run) events.push(event)
  expect((await both.copies())[1]).toMatchObject({ problem: { kind: 'target-missing' } })
  expect(await both.init()).toMatchObject({ created: false })
  await both.close()

  const again = await open(source, [first, second], state)
  await again.init()
  expect((await again.sync()).map(({ waiting }) => waiting)).toEqual([0, 0])
  await again.close()
  const history = new Map([
    [id, source.streams.get('main')!],
    [(await run).id, source.streams.get('main')!],
  ])
  await expectAll(second, history)
})

test('places that are known to hold a repository are never made into a new one', async () => {
  const places = [place(), place()]
  const state = await freshState()
  const source = memorySource({ main: noise(50_000, 6) })
  const backup = await open(source, places, state)
  await backup.init()
  await backup.sync()
  await backup.close()
  for (const { inner } of places) inner.objects.clear()
  const after = await open(source, places, state)
  await expect(after.init()).rejects.toMatchObject({ kind: 'target-missing', message: expect.stringContaining('held repository') })
  await after.close()

  // Nor is another one begun beside one that is only out of reach.
  const [away, fresh] = [places[0]!, place()]
  away.isDown = true
  const beside = await open(source, [away, fresh], state)
  await expect(beside.init()).rejects.toMatchObject({ kind: 'target-missing' })
  await beside.close()
  expect([...fresh.inner.objects.keys()]).toEqual([])
})

test('a place that was emptied gets no snapshot before it has everything else again', async () => {
  const places = [place(), place()]
  const state = await freshState()
  const source = memorySource({ main: noise(80_000, 7) })
  const backup = await open(source, places, state)
  await backup.init()
  const history = new Map([[(await backup.run()).id, source.streams.get('main')!]])
  await backup.sync()
  await backup.close()
  const [, emptied] = places
  emptied!.inner.objects.clear()
  const order: string[] = []
  const put = emptied!.put.bind(emptied)
  emptied!.put = async (name, ...rest) => (order.push(name), put(name, ...rest))
  const lost = [...places[0]!.inner.objects.keys()].filter((name) => name.startsWith('packs/'))
  const after = await open(source, places, state)
  source.streams.set('main', noise(80_001, 8))
  history.set((await after.run()).id, source.streams.get('main')!)
  expect((await after.sync()).map(({ waiting }) => waiting)).toEqual([0, 0])
  await after.close()
  const firstCommit = order.findIndex((name) => name.startsWith('commits/'))
  expect(lost.filter((name) => !order.slice(0, firstCommit).includes(name))).toEqual([])
  await expectAll(emptied!, history)
})

test('a provider that is dropped leaves the others a repository', async () => {
  const [first, second] = [place(), place()]
  const state = await freshState()
  const source = memorySource({ main: noise(100_000, 4) })
  const both = await open(source, [first, second], state, 2)
  await both.init()
  const { id } = await both.run()
  await both.close()
  const alone = await open(source, [second], state)
  source.streams.set('main', noise(100_001, 5))
  const next = await alone.run()
  await alone.close()
  await expectAll(second, new Map([[id, noise(100_000, 4)], [next.id, noise(100_001, 5)]]))
})

test('a snapshot says on which providers it is, and whether that is enough', async () => {
  const places = [place(), place(), place()]
  const [, second, third] = places as [Place, Place, Place]
  const state = await freshState()
  const source = memorySource({ main: noise(100_000, 9) })
  const events: BackupEvent[] = []
  const notify = { contract: 1, name: 'log', notify: async (event: BackupEvent) => void events.push(event) } as const
  const backup = createBackup({
    source,
    providers: places,
    keys: key,
    runtime: nodeRuntime,
    state,
    copies: { required: 2 },
    workers: 0,
    notify: [notify],
  })
  await backup.init()
  third.isDown = true
  const first = await backup.run()
  // Nothing is listed for it.
  await backup.sync({ compare: false })
  const knownBefore = new Set(second.inner.objects.keys())
  source.streams.set('main', noise(100_001, 10))
  await backup.run()
  await backup.sync()
  const states = async () =>
    (await backup.snapshots()).map(({ state, copies }) => [state, ...copies.map((copy) => copy.state)].join(' '))
  expect(await states()).toEqual(['committed committed committed partial', 'committed committed committed partial'])

  // A pack that the second snapshot alone needs is lost, which a comparison finds. It cannot be brought back for now.
  const packs = [...second.inner.objects.keys()].filter((name) => name.startsWith('packs/'))
  const put = second.put.bind(second)
  second.put = () => Promise.reject(new BackupError('quota', 'Full.', { plugin: 'memory' }))
  const needed = packs.filter((name) => !knownBefore.has(name))
  second.inner.objects.delete(needed[0]!)
  await backup.sync()
  expect(await states()).toEqual(['committed committed committed partial', 'partial committed partial partial'])
  expect(first.id).toBe((await backup.snapshots())[0]!.id)

  // Room is made, and the account works again.
  second.put = put
  third.isDown = false
  expect((await backup.sync()).map(({ waiting }) => waiting)).toEqual([0, 0, 0])
  expect(await states()).toEqual(['replicated committed committed committed', 'replicated committed committed committed'])
  await backup.close()
  const told = events.flatMap((event) => (event.type === 'provider-away' || event.type === 'provider-back' ? [`${event.type} ${event.location}`] : []))
  expect(told).toContain(`provider-away ${third.location}`)
  expect(told).toContain(`provider-back ${third.location}`)
  expect(events.filter((event) => event.type === 'copy-delivered' && event.location === third.location).length).toBeGreaterThan(3)
})

test('an option that cannot be is refused by name', () => {
  const source = memorySource()
  const [first, second] = [memoryProvider(), memoryProvider()]
  const made = (more: object) => () => createBackup({ source, providers: [first, second], keys: key, ...more })
  expect(made({ copies: { required: 3 } })).toThrow(expect.objectContaining({ kind: 'config', key: 'copies.required' }))
  expect(made({ copies: { required: 2, target: 1 } })).toThrow(expect.objectContaining({ kind: 'config', key: 'copies.target' }))
  expect(made({ outboxBytes: -1 })).toThrow(expect.objectContaining({ kind: 'config', key: 'outboxBytes' }))
  expect(made({ providers: [first, memoryProvider({ store: first.store })] })).toThrow(expect.objectContaining({ kind: 'config', key: 'providers' }))
})
