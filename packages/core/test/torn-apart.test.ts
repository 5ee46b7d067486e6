import { expect, test } from 'vitest'
import { type Backup, BackupError } from '../src/index.ts'
import { type MemorySource, memorySource } from '../src/testing/index.ts'
import { expectStreams, freshMemoryState, noise } from './fixtures.ts'
import { machine } from './machine.ts'
import { type Switched, switched } from './switched.ts'

/** Two machines, two providers, one copy is enough; and for weeks each machine reaches another provider. */

const day = 86_400_000
let now = Date.UTC(2031, 0, 1)
const unplugged = new BackupError('target-missing', 'The disk is not there.', { plugin: 'memory' })

/** One store, reached over two lines. */
function lines(at: number): readonly [Switched, Switched] {
  const first = switched()
  const second = switched(first.inner)
  return [Object.assign(first, { location: `memory:${at}` }), Object.assign(second, { location: `memory:${at}` })]
}

const open = (providers: readonly Switched[], source: MemorySource, state = freshMemoryState()): Backup =>
  machine({ source, providers, state, clock: () => new Date(now) })

test('what one counts on that sees only the second is not removed by one that sees only the first', async () => {
  const [a, b] = [lines(0), lines(1)]
  const shared = noise(50_000, 1)
  const own = memorySource({ shared })
  const state = freshMemoryState()
  const first = open([a[0], b[0]], own, state)
  await first.init()
  await first.run()
  own.streams.set('shared', noise(50_000, 2))
  now += day
  await first.run()
  await first.prune()
  await first.sync()

  b[0].fault = unplugged
  a[1].fault = unplugged
  const other = memorySource({ shared })
  now += 1000
  const second = open([a[1], b[1]], other)
  const { id, freshBytes } = await second.run()
  // It counts on what the first machine is about to remove.
  expect(freshBytes).toBe(0)
  await second.close()
  const before = [...a[0].inner.objects.keys()].filter((name) => name.startsWith('packs/'))
  for (let round = 0; round < 10; round++) {
    now += 3 * day
    await expect(first.prune()).rejects.toMatchObject({
      kind: 'target-missing',
      message: expect.stringMatching(/^1 of at least 2 providers can be looked at, .* memory:1: The disk is not there\./),
    })
  }
  expect([...a[0].inner.objects.keys()].filter((name) => name.startsWith('packs/'))).toEqual(before)

  b[0].fault = undefined
  await first.sync()
  for (let round = 0; round < 10; round++) {
    now += 3 * day
    await first.prune()
    await first.sync()
  }
  await first.close()
  const third = open([a[0], b[0]], other)
  expect((await third.verify({ depth: 'data' })).problems).toEqual([])
  await third.restore(id)
  expectStreams(other.places.get('live'), { shared })
  await third.close()
})

test('an announcement that only some got is no reason to remove anything', async () => {
  const [a, b] = [lines(0), lines(1)]
  const source = memorySource({ main: noise(50_000, 1) })
  const state = freshMemoryState()
  const backup = open([a[0], b[0]], source, state)
  await backup.init()
  for (let round = 0; round < 5; round++) {
    source.streams.set('main', noise(50_000, round + 2))
    await backup.run()
    await backup.prune()
    now += 3 * day
  }
  const put = b[0].put.bind(b[0])
  // All but the announcement.
  b[0].put = (key, body, options) => (key.startsWith('tombs/') ? Promise.reject(unplugged) : put(key, body, options))
  const packs = (): string[] => [...a[0].inner.objects.keys()].filter((name) => name.startsWith('packs/'))
  const before = packs()
  for (let round = 0; round < 2; round++) {
    await expect(backup.collect()).rejects.toMatchObject({ kind: 'target-missing' })
    now += 4 * day
  }
  expect([...a[0].inner.objects.keys()].some((name) => name.startsWith('tombs/'))).toBe(true)
  b[0].put = put
  await backup.sync()
  await backup.collect()
  expect(packs()).toEqual(before)
  // Announced again when the one that few knew of has lapsed, it is removed.
  for (let round = 0; round < 10; round++) {
    now += 4 * day
    await backup.collect()
  }
  expect(packs().length).toBeLessThan(before.length)
  await backup.close()
})
