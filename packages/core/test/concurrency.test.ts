import { describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, createBackup, rawKey } from '../src/index.ts'
import { memoryProvider, type MemoryProvider, type MemorySource, memorySource } from '../src/testing/index.ts'
import { edited, expectStreams, freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'
import { tapped } from './tapped.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

const key = rawKey(new Uint8Array(32).fill(8))
const base = noise(150_000, 1)
const version = (number: number): Record<string, Uint8Array> => ({
  data: edited(base, [number * 9000, number * 13_000 + 500], number),
  text: text(20_000 + number * 5000),
})

describe('init at the same time', () => {
  test('by one Backup makes one repository, and says so once', async () => {
    const place = memoryProvider()
    const { backup, source } = open(place)
    const made = await Promise.all([backup.init(), backup.init(), backup.init()])
    expect(made.map(({ created }) => created)).toEqual([true, false, false])
    setStreams(source, version(1))
    await backup.run()
    expect(await backup.snapshots()).toHaveLength(1)
  })

  test('by two never makes two repositories in one place, however they overlap', async () => {
    const outcomes = { made: 0, found: 0, gaveWay: 0 }
    for (let later = 0; later < 20; later++) {
      const place = memoryProvider()
      let calls = 0
      let begin = (): void => {}
      const started = new Promise<void>((resolve) => (begin = resolve))
      const first = open(tapped(place, { before: () => void (calls++ === later && begin()) })).backup.init()
      const second = started.then(() => open(place).backup.init())
      for (const outcome of await Promise.allSettled([first, second])) {
        if (outcome.status === 'fulfilled') outcomes[outcome.value.created ? 'made' : 'found']++
        else expect(outcome.reason).toMatchObject({ kind: 'busy' })
        if (outcome.status === 'rejected') outcomes.gaveWay++
      }
      // Whatever became of them, asking again settles it.
      const { backup, source } = open(place)
      await backup.init()
      expect([...place.objects.keys()].filter((name) => name.startsWith('format/'))).toHaveLength(1)
      setStreams(source, version(1))
      await backup.run()
      expect(await open(place).backup.snapshots()).toHaveLength(1)
    }
    for (const times of Object.values(outcomes)) expect(times).toBeGreaterThan(0)
  })
})

describe('two writers at the same time', () => {
  test('in one repository, that share units and do not know of each other, make snapshots that all restore', async () => {
    const place = await repository()
    const writers = [open(place), open(place), open(place)]
    const made = new Map<string, Record<string, Uint8Array>>()
    for (let round = 0; round < 5; round++) {
      await Promise.all(
        writers.map(async ({ backup, source }, at) => {
          const streams = version((round + at) % 6)
          setStreams(source, streams)
          const { id } = await backup.run()
          made.set(id, streams)
        }),
      )
    }
    await expectSnapshots(place, made)
    expect(made.size).toBe(15)
  })

  test('in one process with one state folder do no worse', async () => {
    const place = await repository()
    const state = freshMemoryState()
    const writers = [open(place, state), open(place, state)]
    const made = new Map<string, Record<string, Uint8Array>>()
    for (let round = 0; round < 6; round++) {
      await Promise.all(
        writers.map(async ({ backup, source }, at) => {
          const streams = version((round * 2 + at) % 6)
          setStreams(source, streams)
          made.set((await backup.run()).id, streams)
        }),
      )
    }
    await expectSnapshots(place, made)
  })
})

describe('one Backup', () => {
  test('takes its turns: what is asked for at once is done one after the other', async () => {
    const { backup, source } = open(await repository())
    const order: string[] = []
    setStreams(source, version(1))
    const first = backup.run({ note: 'first' }).then(({ note }) => order.push(note!))
    const second = backup.run({ note: 'second' }).then(({ note, freshBytes }) => order.push(`${note}, ${freshBytes} fresh`))
    const restored = backup.restore('latest').then(({ snapshot }) => order.push(`restored ${snapshot.note}`))
    const verified = backup.verify({ depth: 'data' }).then(({ ok, snapshots }) => order.push(`verified ${snapshots} ${ok}`))
    await Promise.all([first, second, restored, verified])
    expect(order).toEqual(['first', 'second, 0 fresh', 'restored second', 'verified 2 true'])
    expectStreams(source.places.get('live'), version(1))
  })

  test('goes on with the next operation when one failed', async () => {
    const { backup, source } = open(await repository())
    setStreams(source, version(1))
    source.complete = false
    const failing = expect(backup.run()).rejects.toMatchObject({ kind: 'source' })
    const next = backup.snapshots()
    await failing
    source.complete = true
    await backup.run()
    expect(await next).toEqual([])
    expect(await backup.snapshots()).toHaveLength(1)
  })

  test('lets go at once of who cancels while others are before him, and nobody overtakes', async () => {
    const place = await repository()
    const gate = gated(place)
    const { backup, source } = open(gate.provider)
    setStreams(source, version(1))
    const events: string[] = []
    const first = backup.run().then(() => events.push('first'))
    const second = backup.run()
    const third = backup.restore('latest').then(() => events.push('third'))
    await gate.reached
    second.cancel()
    await expect(second).rejects.toMatchObject({ kind: 'cancelled' })
    events.push('second')
    gate.open()
    await Promise.all([first, third])
    expect(events).toEqual(['second', 'first', 'third'])
    expect(await backup.snapshots()).toHaveLength(1)
  })

  test('opens for the one who waits, though the one who began to open cancelled', async () => {
    const place = await repository()
    const gate = gated(place, 'format/')
    const { backup, source } = open(gate.provider)
    setStreams(source, version(1))
    const run = backup.run()
    const outcome = expect(run).rejects.toMatchObject({ kind: 'cancelled' })
    await gate.reached
    const listing = backup.snapshots()
    run.cancel()
    gate.open()
    await outcome
    expect(await listing).toEqual([])
  })
})

test('a restore beside a run of somebody else delivers the snapshot that was asked for', async () => {
  const place = await repository()
  const writer = open(place)
  setStreams(writer.source, version(1))
  const { id } = await writer.backup.run()
  const gate = gated(place, 'commits/')
  const other = open(gate.provider)
  setStreams(other.source, version(2))
  const running = other.backup.run()
  await gate.reached
  const reader = open(place)
  await reader.backup.restore('latest', { to: 'during' })
  gate.open()
  await running
  await reader.backup.restore('latest', { to: 'afterwards' })
  await reader.backup.restore(id, { to: 'by id' })
  expectStreams(reader.source.places.get('during'), version(1))
  expectStreams(reader.source.places.get('afterwards'), version(2))
  expectStreams(reader.source.places.get('by id'), version(1))
})

async function repository(): Promise<MemoryProvider> {
  const place = memoryProvider()
  await open(place).backup.init()
  return place
}

function open(provider: BackupProvider, state: string = freshMemoryState()): { backup: Backup; source: MemorySource } {
  const source = memorySource()
  const backup = createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state, compression: 'lz4' })
  return { backup, source }
}

function setStreams(source: MemorySource, streams: Record<string, Uint8Array>): void {
  source.streams.clear()
  for (const [name, bytes] of Object.entries(streams)) source.streams.set(name, bytes)
}

/** A provider that waits with the first put, or the first call to a class, until it is let go on. */
function gated(place: MemoryProvider, prefix = 'packs/'): { provider: BackupProvider; reached: Promise<void>; open(): void } {
  const [reached, opened] = [signpost(), signpost()]
  const method = prefix === 'format/' ? 'get' : 'put'
  const wait = async (called: string, key: string): Promise<void> => {
    if (called !== method || !key.startsWith(prefix)) return
    reached.pass()
    await opened.passed
  }
  const provider: BackupProvider = {
    ...place,
    put: async (object, ...rest) => wait('put', object).then(() => place.put(object, ...rest)),
    get: async (object, ...rest) => wait('get', object).then(() => place.get(object, ...rest)),
  }
  return { provider, reached: reached.passed, open: opened.pass }
}

function signpost(): { passed: Promise<void>; pass(): void } {
  let pass = (): void => {}
  const passed = new Promise<void>((resolve) => (pass = resolve))
  return { passed, pass: () => pass() }
}

async function expectSnapshots(place: MemoryProvider, expected: ReadonlyMap<string, Record<string, Uint8Array>>): Promise<void> {
  const { backup, source } = open(place)
  const snapshots = await backup.snapshots()
  expect(snapshots.map(({ id }) => id).sort()).toEqual([...expected.keys()].sort())
  for (const { id } of snapshots) {
    await backup.restore(id, { to: id })
    expectStreams(source.places.get(id), expected.get(id)!)
  }
  expect(await backup.verify({ depth: 'data' })).toMatchObject({ ok: true, unusedPacks: 0 })
}

