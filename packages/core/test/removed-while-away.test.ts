import { expect, test } from 'vitest'
import { type Backup, BackupError } from '../src/index.ts'
import { type MemorySource, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise } from './fixtures.ts'
import { machine } from './machine.ts'
import { type Switched, switched } from './switched.ts'

/** Three providers, two machines, and one provider that is away while things are removed for good. */

const day = 86_400_000
let now = Date.UTC(2031, 0, 1)

interface World {
  readonly places: readonly Switched[]
  readonly away: Switched
  /** A machine; another one, or the same after it lost its state, without a name. */
  open(source: MemorySource, state?: string): Backup
}

function world(): World {
  const places = [switched(), switched(), switched()].map((place, at) => Object.assign(place, { location: `memory:${at}` }))
  const open = (source: MemorySource, state = freshMemoryState()): Backup =>
    machine({ source, providers: places, copies: { required: 2 }, state, clock: () => new Date(now) })
  return { places, away: places[2]!, open }
}

const namesIn = ({ inner }: Switched): string[] => [...inner.objects.keys()]

/** Snapshots come and go for four weeks while the third provider is away. */
async function fourWeeks({ open, away, places }: World, state: string): Promise<{ removed: string[]; source: MemorySource }> {
  const source = memorySource({ main: noise(3000, 1) })
  const first = open(source, state)
  await first.init()
  // The last one that it has is kept as long as it is away.
  for (let round = 0; round < 3; round++) {
    source.streams.set('main', noise(3000, round + 2))
    await first.run()
  }
  await first.sync()
  const before = namesIn(away)
  // Of a disk that is unplugged nobody thinks that it will answer in a moment.
  away.fault = new BackupError('target-missing', 'The disk is not there.', { plugin: 'memory' })
  for (let round = 0; round < 9; round++) {
    now += 3 * day
    source.streams.set('main', noise(3000, round + 10))
    await first.run()
    await first.prune()
  }
  await first.close()
  // Sessions that are long over, and the like, may come back for a while: nobody heeds them.
  const removed = before.filter((name) => !places[0]!.inner.objects.has(name) && /^(commits|packs|index)/.test(name))
  expect(removed.some((name) => name.startsWith('packs/'))).toBe(true)
  expect(removed.some((name) => name.startsWith('commits/'))).toBe(true)
  return { removed, source }
}

test('what was removed meanwhile is copied to nobody by a machine that did not remove it, and goes from the one that was away', async () => {
  const all = world()
  const { places, away, open } = all
  const { removed } = await fourWeeks(all, freshMemoryState())
  away.fault = undefined
  for (const place of places) place.calls.length = 0
  const source = memorySource({ other: noise(2000, 5) })
  const second = open(source)
  const listed = await second.snapshots()
  expect(listed).toHaveLength(2)
  const { id } = await second.run()
  await second.sync()
  await second.close()
  for (const { calls } of places) for (const name of removed) expect(calls).not.toContain(`put ${name}`)
  for (const place of places) expect(namesIn(place).filter((name) => removed.includes(name))).toEqual([])
  await open(source).restore(id)
  expectStreams(source.places.get('live'), { other: source.streams.get('other')! })
})

test('what was removed is written down until the one that was away does not have it any more', async () => {
  const all = world()
  const { places, away, open } = all
  const state = freshMemoryState()
  const { source } = await fourWeeks(all, state)
  const tombs = (): string[] => namesIn(places[0]!).filter((name) => name.startsWith('tombs/'))
  const written = tombs().length
  away.fault = undefined
  const first = open(source, state)
  await first.sync()
  await first.prune()
  await first.close()
  expect(tombs().length).toBeLessThan(written)
  // Nothing that was removed is left, and everybody has the same.
  expect(namesIn(away).sort()).toEqual(namesIn(places[0]!).sort())
  expect(namesIn(away).sort()).toEqual(namesIn(places[1]!).sort())
  await quietWeeks(open(source, state))
  expect(tombs()).toEqual([])
})

/** Until everything that was announced is removed, and what announced it. */
async function quietWeeks(backup: Backup): Promise<void> {
  for (let rounds = 0; rounds < 10; rounds++) {
    now += 5 * day
    await backup.prune()
  }
  await backup.close()
}

test('of what is removed while all are there nothing is left', async () => {
  const { places, open } = world()
  const source = memorySource({ main: noise(3000, 1) })
  const backup = open(source)
  await backup.init()
  for (let round = 0; round < 6; round++) {
    source.streams.set('main', noise(3000, round + 30))
    await backup.run()
    now += 3 * day
  }
  await quietWeeks(backup)
  expect(places[0]!.calls.filter((call) => call.startsWith('put tombs/')).length).toBeGreaterThan(2)
  for (const place of places) expect(namesIn(place).filter((name) => /^(tombs|packs)/.test(name))).toHaveLength(1)
})
