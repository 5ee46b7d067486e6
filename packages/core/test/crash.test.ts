import { describe, expect, test, vi } from 'vitest'
import { type Backup, type BackupProvider, createBackup, rawKey, type Runtime } from '../src/index.ts'
import { type MemoryProvider, memoryProvider, memorySource } from '../src/testing/index.ts'
import { copyOf, copyOfState } from './copies.ts'
import { edited, expectStreams, freshMemoryState, noise, text, withoutFiles } from './fixtures.ts'
import { type Fate, mortal } from './mortal.ts'
import { storedUnits } from './stored-units.ts'

vi.mock('../src/write/limits.ts', () => import('./small-limits.ts'))

type Streams = Readonly<Record<string, Uint8Array>>

const key = rawKey(new Uint8Array(32).fill(5))
const before: Streams = { noise: noise(150_000, 1), text: text(90_000) }
const after: Streams = { noise: edited(before.noise!, [0, 30_000, 60_000, 90_000, 149_000], 2), text: text(120_000), more: noise(40_000, 3) }

describe.each([
  { run: 'a first run', history: [], next: after },
  { run: 'an incremental run', history: [before], next: after },
])('$run that dies', ({ history, next }) => {
  test.each([
    { how: 'after any of its calls', lostReply: false },
    { how: 'before it hears the answer to any of its calls', lostReply: true },
  ])('$how leaves nothing that matters', async ({ lostReply }) => {
    const base = await made(history)
    const calls = await callsOf(base, next)
    let committed = 0
    for (let lastCall = lostReply ? 1 : 0; lastCall < calls; lastCall++) {
      const place = copyOf(base.provider)
      const state = await copyOfState(base)
      const life = mortal(place, withoutFiles, { lastCall, lostReply })
      await expect(open(life.provider, next, state, life.runtime).run()).rejects.toThrow('dead')
      expect(life.died()).toBe(true)
      const died = [...place.objects.keys()].filter((name) => name.startsWith('commits/')).length - history.length
      committed += died
      const atDeath = copyOf(place)

      // With what it left behind locally, whatever had arrived is used.
      await open(place, next, state).run()
      expect(await storedUnits(place, key)).toMatchObject({ bytesStoredTwice: 0 })
      await expectWhole(place, [...history, ...Array<Streams>(died + 1).fill(next)], 0)

      // Without it, what had arrived lies about and harms nobody.
      await open(atDeath, next, freshMemoryState()).run()
      await expectWhole(atDeath, [...history, ...Array<Streams>(died + 1).fill(next)])
    }
    // Some of the deaths came before there was a snapshot, and some after.
    expect(committed).toBeGreaterThan(0)
    expect(committed).toBeLessThan(calls - 5)
  })
})

test('an init that dies at any point can be repeated, and then only its own keys open the repository', async () => {
  const free: Fate = { lastCall: Number.POSITIVE_INFINITY, lostReply: false }
  const whole = mortal(memoryProvider(), withoutFiles, free)
  await open(whole.provider, before, freshMemoryState(), whole.runtime).init()
  expect(whole.calls()).toBeGreaterThan(10)

  for (let lastCall = 0; lastCall < whole.calls(); lastCall++) {
    const place = memoryProvider()
    const state = freshMemoryState()
    const life = mortal(place, withoutFiles, { lastCall, lostReply: false })
    await expect(open(life.provider, before, state, life.runtime).init()).rejects.toThrow('dead')
    const made = [...place.objects.keys()].some((name) => name.startsWith('format/'))
    const again = open(place, before, state)
    expect(await again.init()).toMatchObject({ created: !made })
    expect([...place.objects.keys()].filter((name) => name.startsWith('slots/'))).toHaveLength(2)
    expect([...place.objects.keys()].filter((name) => name.startsWith('format/'))).toHaveLength(1)
    await again.run()
    await expectWhole(place, [before], 0)
  }
})

interface Made {
  readonly provider: MemoryProvider
  readonly state: string
  readonly repository: string
}

/** A repository with these snapshots. */
async function made(history: readonly Streams[]): Promise<Made> {
  const provider = memoryProvider()
  const state = freshMemoryState()
  const { repository } = await open(provider, {}, state).init()
  for (const streams of history) await open(provider, streams, state).run()
  return { provider, state, repository }
}

function open(provider: BackupProvider, streams: Streams, state: string, runtime: Runtime = withoutFiles): Backup {
  return createBackup({ source: memorySource(streams), providers: [provider], keys: key, runtime, workers: 0, state, compression: 'lz4' })
}

/** How many calls a run makes that nothing happens to. */
async function callsOf(base: Made, streams: Streams): Promise<number> {
  const life = mortal(copyOf(base.provider), withoutFiles, { lastCall: Number.POSITIVE_INFINITY, lostReply: false })
  await open(life.provider, streams, await copyOfState(base), life.runtime).run()
  expect(life.calls()).toBeGreaterThan(15)
  return life.calls()
}

/** A stranger with nothing but the objects can read everything, and finds exactly these snapshots. */
async function expectWhole(provider: MemoryProvider, expected: readonly Streams[], unusedPacks?: number): Promise<void> {
  const source = memorySource()
  const backup = createBackup({ source, providers: [provider], keys: key, runtime: withoutFiles, workers: 0, state: freshMemoryState() })
  const report = await backup.verify({ depth: 'data' })
  expect(report).toMatchObject({ ok: true, problems: [], snapshots: expected.length })
  if (unusedPacks !== undefined) expect(report.unusedPacks).toBe(unusedPacks)
  for (const [at, { id }] of (await backup.snapshots()).entries()) {
    await backup.restore(id, { to: id })
    expectStreams(source.places.get(id), expected[at]!)
  }
}
