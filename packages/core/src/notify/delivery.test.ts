import { expect, test } from 'vitest'
import { BackupError, type ErrorKind } from '../errors.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { createDelivery, type DeliveryOptions } from './delivery.ts'

const minute = 60_000

function stage(options: Partial<DeliveryOptions<string>> = {}) {
  const clock = fakeClock()
  const arrived: string[] = []
  const attempts: string[] = []
  const plan: (ErrorKind | 'hangs' | { readonly retryAfterMs: number })[] = []
  const stopped: unknown[] = []
  const delivery = createDelivery<string>({
    plugin: 'post',
    gatherMs: 100,
    most: 3,
    attemptMs: 15_000,
    timers: clock,
    async deliver(items, { signal, lost }) {
      attempts.push(items.join(' '))
      const fault = plan.shift()
      if (fault === 'hangs') {
        await new Promise<void>((_, reject) =>
          signal.addEventListener(
            'abort',
            () => (stopped.push(signal.reason), reject(new Error('broken off'))),
          ),
        )
      }
      if (typeof fault === 'object') throw new BackupError('throttled', 'Slower.', fault)
      if (fault) throw new BackupError(fault as ErrorKind, `Planned: ${fault}.`)
      arrived.push(`${items.join(' ')}${lost > 0 ? ` (${lost} lost)` : ''}`)
    },
    ...options,
  })
  const add = (item: string, signal?: AbortSignal, matter?: string): Promise<void> => {
    const added = delivery.add(item, signal, matter)
    added.catch(() => {})
    return added
  }
  return { clock, arrived, attempts, plan, stopped, add }
}

test('what comes within a short time goes together, in order, at most so many at a time', async () => {
  const { clock, arrived, add } = stage()
  const all = ['a', 'b', 'c', 'd'].map((item) => add(item))
  await clock.advance(99)
  expect(arrived).toEqual([])
  await clock.settle(Promise.all(all))
  expect(arrived).toEqual(['a b c', 'd'])
})

test('what waits since nobody waited for it any more, and is said again, arrives once', async () => {
  const { clock, arrived, plan, add } = stage()
  plan.push(...Array.from({ length: 5 }, () => 'transient' as const))
  for (const item of ['disk 80 %', 'door open']) void add(item, undefined, item.slice(0, 4))
  void add('no matter')
  // The fifth attempt comes after 11.35 to 22.6 seconds, a sixth not before 23.35.
  await clock.advance(23_000)
  expect(plan).toEqual([])
  await clock.settle(add('disk 81 %', undefined, 'disk'))
  expect(arrived).toEqual(['door open no matter disk 81 %'])
})

test('what somebody still waits for arrives, though it is said again', async () => {
  const { clock, arrived, add } = stage()
  const both = ['disk 80 %', 'disk 81 %'].map((item) => add(item, undefined, 'disk'))
  await clock.settle(Promise.all(both))
  expect(arrived).toEqual(['disk 80 % disk 81 %'])
})

test('what comes while a delivery is under way goes with the next one', async () => {
  const ends: (() => void)[] = []
  const attempts: string[] = []
  const deliver = (items: readonly string[]): Promise<void> => {
    attempts.push(items.join(' '))
    return new Promise((resolve) => ends.push(resolve))
  }
  const { clock, add } = stage({ deliver })
  void add('a')
  await clock.advance(100)
  void add('b')
  await clock.advance(1000)
  void add('c')
  await clock.advance(1000)
  expect(attempts).toEqual(['a'])
  ends.shift()!()
  await clock.advance(100)
  expect(attempts).toEqual(['a', 'b c'])
})

test('what fails for now is tried again, and whoever waits learns only that it arrived', async () => {
  const { clock, arrived, attempts, plan, add } = stage()
  plan.push('transient', 'throttled')
  await clock.settle(add('a'))
  expect(attempts).toEqual(['a', 'a', 'a'])
  expect(arrived).toEqual(['a'])
})

test('what is refused for good is told at once and not tried again', async () => {
  const { clock, attempts, plan, add } = stage()
  plan.push('auth')
  const refused = add('a')
  await clock.advance(100)
  await expect(refused).rejects.toMatchObject({ kind: 'auth' })
  await clock.advance(60 * minute)
  expect(attempts).toEqual(['a'])
})

test('a pause that the other side asks for is kept, also when there is news', async () => {
  const { clock, attempts, plan, add } = stage()
  plan.push({ retryAfterMs: 10_000 })
  void add('a')
  await clock.advance(100)
  void add('b')
  await clock.advance(9_900)
  expect(attempts).toEqual(['a'])
  await clock.advance(2_000)
  expect(attempts).toEqual(['a', 'a b'])
})

test('after 20 seconds whoever waits is told why, and it arrives when the other side is back', async () => {
  const { clock, arrived, plan, add } = stage()
  plan.push(...Array.from({ length: 8 }, () => 'transient' as const))
  const waited = add('a')
  await clock.advance(20_000)
  await expect(waited).rejects.toMatchObject({ kind: 'transient', message: 'Planned: transient.' })
  expect(plan.length).toBeGreaterThan(0)
  await clock.advance(30 * minute)
  expect(arrived).toEqual(['a'])
})

test('news during a long pause is tried soon, together with what waits', async () => {
  const { clock, arrived, attempts, plan, add } = stage()
  plan.push(...Array.from({ length: 9 }, () => 'transient' as const))
  void add('a')
  while (plan.length > 0) await clock.advance(1000)
  await clock.advance(10_000)
  expect(arrived).toEqual([])
  const tried = attempts.length
  void add('b')
  await clock.advance(100)
  expect(attempts.slice(tried)).toEqual(['a b'])
  expect(arrived).toEqual(['a b'])
})

test('one that hangs is broken off and tried again', async () => {
  const { clock, arrived, plan, stopped, add } = stage()
  plan.push('hangs')
  await clock.settle(add('a'))
  expect(stopped).toMatchObject([{ kind: 'transient', message: 'post got no answer within 15 s.' }])
  expect(arrived).toEqual(['a'])
})

test('a signal breaks off what is under way; it stays in line', async () => {
  const { clock, arrived, plan, stopped, add } = stage()
  plan.push('hangs')
  const patience = new AbortController()
  const waited = add('a', patience.signal)
  await clock.advance(200)
  expect(stopped).toEqual([])
  patience.abort()
  await expect(waited).rejects.toMatchObject({ kind: 'transient' })
  expect(stopped).toHaveLength(1)
  await clock.advance(minute)
  expect(arrived).toEqual(['a'])
})

test('of more than 200 that wait the oldest are left out, and the next delivery says how many', async () => {
  const { clock, arrived, plan, add } = stage({ most: 500 })
  plan.push('transient')
  const oldest = add('oldest')
  await clock.advance(100)
  for (let n = 1; n <= 200; n++) void add(String(n))
  await expect(oldest).rejects.toMatchObject({
    kind: 'permanent',
    hint: 'Find out why nothing can be delivered.',
  })
  await clock.advance(minute)
  expect(arrived).toEqual([`${Array.from({ length: 200 }, (_, n) => n + 1).join(' ')} (1 lost)`])
})

test('what a program throws by mistake is told by its name alone', async () => {
  const { clock, add } = stage({
    deliver: () => Promise.reject(new TypeError('https://hooks.example.com/secret')),
  })
  const failed = add('a')
  await clock.advance(100)
  await expect(failed).rejects.toMatchObject({ kind: 'permanent', message: 'post failed: TypeError.' })
})
