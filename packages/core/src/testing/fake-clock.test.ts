import { expect, test } from 'vitest'
import { fakeClock } from './fake-clock.ts'
import { seededRandom } from './seeded-random.ts'

test('a fake clock stands still until it is turned', async () => {
  const clock = fakeClock('2031-03-30T00:30:00Z')
  expect(clock.date().toISOString()).toBe('2031-03-30T00:30:00.000Z')
  await clock.advance(90_000)
  expect(clock.date().toISOString()).toBe('2031-03-30T00:31:30.000Z')
})

test('timers of a fake clock fire in order, each at its own time, also those set by others', async () => {
  const clock = fakeClock()
  const start = clock.now()
  const fired: [string, number][] = []
  const note = (name: string) => () => fired.push([name, clock.now() - start])
  clock.setTimeout(note('c'), 30)
  clock.setTimeout(() => {
    note('a')()
    clock.setTimeout(note('b'), 5)
  }, 10)
  clock.clearTimeout(clock.setTimeout(note('never'), 20))
  clock.setTimeout(note('later'), 31)
  await clock.advance(30)
  expect(fired).toEqual([
    ['a', 10],
    ['b', 15],
    ['c', 30],
  ])
  expect(clock.pending).toBe(1)
})

test('a fake clock turns as far as a promise needs', async () => {
  const clock = fakeClock()
  const start = clock.now()
  const late = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms))
  const done = (async () => {
    await late(1_000)
    await late(60_000)
    return 'done'
  })()
  expect(await clock.settle(done)).toBe('done')
  expect(clock.now() - start).toBe(61_000)
  await expect(clock.settle(Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})

test('seeded numbers are the same in every run and spread over their range', () => {
  const random = seededRandom(42)
  expect(Array.from({ length: 4 }, () => random.below(1_000))).toEqual(
    Array.from(
      { length: 4 },
      (
        (again) => () =>
          again.below(1_000)
      )(seededRandom(42)),
    ),
  )
  const counts = new Array<number>(256).fill(0)
  for (const byte of seededRandom(1).bytes(256_000)) counts[byte] = (counts[byte] ?? 0) + 1
  expect(Math.min(...counts)).toBeGreaterThan(800)
  expect(Math.max(...counts)).toBeLessThan(1_200)
})
