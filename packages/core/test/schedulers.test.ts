import { describe, expect, test } from 'vitest'
import type { StateStore } from '../src/contract/runtime.ts'
import { BackupError } from '../src/errors.ts'
import { createMemoryState } from '../src/portable/runtime.ts'
import type { JobContext } from '../src/schedule/index.ts'
import { type Machine, hour, machine, minute } from './scheduled.ts'

// Several schedulers on one local state: one after the other, as a program that ends and starts anew, or side by side.

const often = { every: '15m' } as const
const nightly = { daily: '03:00' } as const

/** A store on which each call takes so long, by the fake clock. */
function slowState(state: StateStore, clock: Machine['clock'], ms: () => number): StateStore {
  const wait = (): Promise<void> => new Promise((resolve) => void clock.setTimeout(resolve, ms()))
  return {
    ...state,
    read: (name) => wait().then(() => state.read(name)),
    write: (name, bytes) => wait().then(() => state.write(name, bytes)),
  }
}

describe('one after the other', () => {
  test('what was missed while no program ran is known, and caught up once', async () => {
    const self = machine()
    const { clock, runs, scheduler, job, told } = self
    const state = createMemoryState()
    const first = scheduler({ jobs: [job('often', often), job('nightly', nightly)], state })
    await first.start()
    await clock.advance(20 * minute)
    await clock.settle(first.stop())
    await clock.advance(6 * hour)
    const second = scheduler({ jobs: [job('often', often), job('nightly', nightly)], state })
    await second.start()
    await clock.advance(minute)
    await clock.settle(second.stop())
    expect(runs).toEqual(['often 2026-01-01T00:15 due', 'nightly 2026-01-01T03:00 missed', 'often 2026-01-01T06:15 missed'])
    expect(told('job-missed')).toMatchObject([{ job: 'nightly', count: 1 }, { job: 'often', count: 24 }])
    expect(second.status()[0]).toMatchObject({ missed: 24, lastOk: expect.any(Date) })
  })

  test('restarts do not move planned times, and bring no run too many', async () => {
    const { clock, runs, scheduler, job } = machine()
    const state = createMemoryState()
    for (let restart = 0; restart < 12; restart++) {
      const running = scheduler({ jobs: [job('often', often)], state })
      await running.start()
      await clock.advance(7 * minute)
      await clock.settle(running.stop())
    }
    expect(runs.map((run) => run.slice(6))).toEqual([
      '2026-01-01T00:15 due', '2026-01-01T00:30 due', '2026-01-01T00:45 due', '2026-01-01T01:00 due', '2026-01-01T01:15 due',
    ])
  })

  test.each(['', 'nonsense', '{}', '[]', 'null', '{"servedMs":"x"}', '{"servedMs":1e300,"failures":0,"missed":0,"facts":[]}', '\u{0}\u{1}'])(
    'a record that is damaged is one that is lost, and is mended: %j',
    async (text) => {
      const { clock, runs, scheduler, job } = machine()
      const state = createMemoryState()
      await state.write('job-often', new TextEncoder().encode(text))
      await state.write('lease-often', new TextEncoder().encode(text))
      const running = scheduler({ jobs: [job('often', often)], state })
      await running.start()
      await clock.advance(15 * minute)
      await clock.settle(running.stop())
      expect(runs).toEqual(['often 2026-01-01T00:15 due'])
      expect(JSON.parse(new TextDecoder().decode(await state.read('job-often')))).toMatchObject({ last: { outcome: 'ok' } })
    },
  )

  test('a state that cannot be read or written keeps nothing from being done, and is told', async () => {
    const { clock, runs, scheduler, job, told } = machine()
    const broken = async (): Promise<never> => {
      throw new BackupError('quota', 'The disk is full.')
    }
    const state: StateStore = { read: broken, write: broken, create: broken, remove: broken, list: broken }
    const running = scheduler({ jobs: [job('often', often)], state })
    await running.start()
    await clock.advance(31 * minute)
    await clock.settle(running.stop())
    expect(runs).toEqual(['often 2026-01-01T00:15 due', 'often 2026-01-01T00:30 due'])
    expect(told('job-warning').some((event) => 'message' in event && event.message.includes('The disk is full.'))).toBe(true)
  })

  test('a run that its program did not survive is told, and tried again once', async () => {
    const { clock, runs, scheduler, job, told } = machine('2026-01-01T02:59:00Z')
    const state = createMemoryState()
    for (let crash = 0; crash < 4; crash++) {
      // Nobody stops it: it is no more.
      const dying = scheduler({ jobs: [job('nightly', nightly, { run: () => new Promise(() => {}) })], state: mortal(state, () => clock.now(), clock.now() + 2 * minute) })
      await dying.start()
      await clock.advance(5 * minute)
    }
    expect(runs.map((run) => run.slice(8))).toEqual(['2026-01-01T03:00 due', '2026-01-01T03:00 interrupted'])
    expect(told('job-error').filter((event) => 'outcome' in event && event.outcome === 'interrupted')).toHaveLength(2)
  })
})

/** What a program that was killed at a moment has written by then, and nothing after. */
function mortal(state: StateStore, now: () => number, deathMs: number): StateStore {
  const alive = <Result>(act: () => Promise<Result>): Promise<Result> => (now() < deathMs ? act() : new Promise(() => {}))
  return {
    read: (name) => alive(() => state.read(name)),
    write: (name, bytes) => alive(() => state.write(name, bytes)),
    create: (name, bytes) => alive(() => state.create(name, bytes)),
    remove: (name) => alive(() => state.remove(name)),
    list: () => alive(() => state.list()),
  }
}

describe('of a job that nothing is remembered of', () => {
  test.each([
    ['was done a while ago', async () => new Date('2026-01-01T00:00:00Z'), ['nightly 2026-01-01T03:00 missed']],
    ['was done today', async () => new Date('2026-01-01T03:00:05Z'), []],
    ['was never done', async () => undefined, ['nightly 2026-01-01T12:00 due']],
    ['nobody can find out when', async () => { throw new Error('no network') }, ['nightly 2026-01-01T12:00 due']],
    ['nobody answers', () => new Promise<undefined>(() => {}), ['nightly 2026-01-01T12:01 due']],
    ['nonsense is told', async () => new Date(Number.NaN), ['nightly 2026-01-01T12:00 due']],
    ['nobody is asked', undefined, []],
  ])('it %s', async (_, lastRun, expected) => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T12:00:00Z')
    const state = createMemoryState()
    const jobs = [job('nightly', nightly, lastRun && { lastRun })]
    const report = await clock.settle(scheduler({ jobs, state }).tick())
    expect(runs).toEqual(expected)
    expect(report.next).toEqual(new Date('2026-01-02T03:00:00Z'))
    await clock.settle(scheduler({ jobs, state }).tick())
    expect(runs).toEqual(expected)
  })
})

describe('side by side', () => {
  test.each([2, 5])('%d of them run a job once each time, on stores that are quick or slow', async (count) => {
    for (const slowness of [() => 0, () => 60, () => 500]) {
      const { clock, runs, scheduler, job, told } = machine('2026-01-01T00:14:00Z')
      const state = slowState(createMemoryState(), clock, slowness)
      const jobs = [job('often', often)]
      const all = Array.from({ length: count }, () => scheduler({ jobs, state }))
      await clock.settle(Promise.all(all.map((one) => one.start())))
      await clock.advance(32 * minute)
      await clock.settle(Promise.all(all.map((one) => one.stop())))
      expect(runs).toEqual(['often 2026-01-01T00:15 due', 'often 2026-01-01T00:30 due', 'often 2026-01-01T00:45 due'])
      expect(told('job-missed')).toEqual([])
    }
  })

  test('a long run is kept from the others until it ends, and who was refused is told once', async () => {
    const { clock, runs, scheduler, slowJob, told } = machine('2026-01-01T02:59:00Z')
    const state = createMemoryState()
    const all = [1, 2].map(() => scheduler({ jobs: [slowJob('nightly', nightly, hour)], state }))
    for (const one of all) await one.start()
    await clock.advance(2 * hour)
    await clock.settle(Promise.all(all.map((one) => one.stop())))
    expect(runs).toEqual(['nightly 2026-01-01T03:00 due'])
    expect(told('job-skipped')).toMatchObject([{ reason: 'other-process' }])
    expect(all.map((one) => one.status()[0]?.last?.outcome)).toEqual(['ok', 'ok'])
  })

  test('one that is held up while it writes does not push aside one that runs already', async () => {
    const { clock, runs, scheduler, slowJob } = machine('2026-01-01T02:59:00Z')
    const state = createMemoryState()
    let heldUp = 0
    const sluggish: StateStore = {
      ...state,
      async write(name, bytes) {
        if (name.startsWith('lease') && heldUp++ === 0) await new Promise<void>((resolve) => void clock.setTimeout(resolve, 3_000))
        return state.write(name, bytes)
      },
    }
    const all = [state, sluggish].map((own) => scheduler({ jobs: [slowJob('nightly', nightly, hour)], state: own }))
    for (const one of all) await one.start()
    await clock.advance(2 * hour)
    await clock.settle(Promise.all(all.map((one) => one.stop())))
    expect(heldUp).toBeGreaterThan(0)
    expect(runs).toEqual(['nightly 2026-01-01T03:00 due'])
  })

  test('when the one that runs it dies, another does it as soon as its lease has run out', async () => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T02:59:00Z')
    const state = createMemoryState()
    const dying = scheduler({
      jobs: [job('nightly', nightly, { run: () => new Promise(() => {}) })],
      state: mortal(state, () => clock.now(), Date.parse('2026-01-01T03:01:00Z')),
    })
    await dying.start()
    await clock.advance(2 * minute)
    const other = scheduler({ jobs: [job('nightly', nightly)], state })
    await other.start()
    await clock.advance(4 * minute)
    expect(runs).toEqual(['nightly 2026-01-01T03:00 due', 'nightly 2026-01-01T03:00 interrupted'])
    expect(other.status()[0]).toMatchObject({ last: { outcome: 'ok' }, failures: 0 })
    await clock.settle(other.stop())
  })

  test('a lease that was taken while the clock was in 2100 holds nobody up', async () => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T02:59:00Z')
    const state = createMemoryState()
    const lease = { owner: 'f'.repeat(16), untilMs: Date.parse('2100-01-01T00:00:00Z') }
    await state.write('lease-nightly', new TextEncoder().encode(JSON.stringify(lease)))
    const running = scheduler({ jobs: [job('nightly', nightly)], state })
    await running.start()
    await clock.advance(2 * minute)
    await clock.settle(running.stop())
    expect(runs).toHaveLength(1)
  })

  test('somebody else\'s lease is respected, and given up by nobody but him', async () => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T02:59:30Z')
    const state = createMemoryState()
    const lease = JSON.stringify({ owner: 'f'.repeat(16), untilMs: Date.parse('2026-01-01T03:00:50Z') })
    await state.write('lease-nightly', new TextEncoder().encode(lease))
    const running = scheduler({ jobs: [job('nightly', nightly)], state })
    await running.start()
    await clock.advance(45_000)
    expect(runs).toEqual([])
    expect(new TextDecoder().decode(await state.read('lease-nightly'))).toBe(lease)
    await clock.advance(3 * minute)
    await clock.settle(running.stop())
    expect(runs).toHaveLength(1)
    expect(await state.read('lease-nightly')).toBeUndefined()
  })
})

test('what a run on demand finds running elsewhere it does not run', async () => {
  const { clock, runs, scheduler, slowJob } = machine()
  const state = createMemoryState()
  const [one, other] = [1, 2].map(() => scheduler({ jobs: [slowJob('nightly', nightly, hour)], state }))
  const running = one!.run('nightly')
  await clock.advance(minute)
  const refused = await clock.settle(other!.run('nightly'))
  expect(refused).toMatchObject({ outcome: 'cancelled', error: { kind: 'busy' } })
  expect(await clock.settle(running)).toMatchObject({ outcome: 'ok' })
  expect(runs).toHaveLength(1)
})

test('a job sees which try it is, and a signal of its own', async () => {
  const { clock, scheduler, job } = machine('2026-01-01T02:59:00Z')
  const seen: JobContext[] = []
  const run = (context: JobContext): Promise<void> => {
    seen.push(context)
    return Promise.reject(new BackupError('busy', 'In use.'))
  }
  const running = scheduler({ jobs: [job('nightly', nightly, { run, retry: { times: 1, wait: '5m' } })], state: createMemoryState() })
  await running.start()
  await clock.advance(10 * minute)
  await clock.settle(running.stop())
  expect(seen.map(({ attempt, reason }) => [attempt, reason])).toEqual([[1, 'due'], [2, 'retry']])
  expect(seen[0]?.signal).not.toBe(seen[1]?.signal)
})
