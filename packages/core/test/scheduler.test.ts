import { describe, expect, test, vi } from 'vitest'
import { BackupError } from '../src/errors.ts'
import { createMemoryState } from '../src/portable/runtime.ts'
import type { JobContext } from '../src/schedule/index.ts'
import { day, hour, machine, minute } from './scheduled.ts'

const often = { every: '15m' } as const
const nightly = { daily: '03:00' } as const

describe('a running scheduler', () => {
  test('runs each job when planned, counted from a fixed moment and not from the start', async () => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T02:46:40Z')
    const running = scheduler({ jobs: [job('often', often), job('nightly', nightly)] })
    await running.start()
    await clock.advance(31 * minute)
    await running.stop()
    expect(runs).toEqual([
      'often 2026-01-01T03:00 due',
      'nightly 2026-01-01T03:00 due',
      'often 2026-01-01T03:15 due',
    ])
  })

  test('begins no later than a second after the planned time', async () => {
    const { clock, events, scheduler, job } = machine('2026-01-01T00:00:00.001Z')
    const running = scheduler({ jobs: [job('often', often)] })
    await running.start()
    await clock.advance(hour)
    await running.stop()
    const late = events.filter(({ type }) => type === 'job-start').map((event) => event.at - ('planned' in event ? event.planned : 0))
    expect(late).toHaveLength(4)
    expect(Math.max(...late)).toBeLessThan(1_000)
  })

  test('stops: nothing is left that could wake it', async () => {
    const { clock, runs, scheduler, job } = machine()
    const running = scheduler({ jobs: [job('often', often)] })
    await running.start()
    await running.stop()
    expect(clock.pending).toBe(0)
    await clock.advance(hour)
    expect(runs).toEqual([])
  })

  test('stops while it is still being started', async () => {
    const { clock, scheduler, job } = machine()
    const running = scheduler({ jobs: [job('often', often)], state: createMemoryState() })
    const starting = running.start()
    await running.stop()
    await starting
    expect(clock.pending).toBe(0)
  })

  test('stops while it asks when a job was done last, and does not begin it then', async () => {
    const { clock, runs, scheduler, job } = machine()
    let tell: (date: undefined) => void = () => {}
    const lastRun = (): Promise<undefined> => new Promise((resolve) => (tell = resolve))
    const running = scheduler({ jobs: [job('backup', often, { lastRun })] })
    const starting = running.start()
    await clock.advance(0)
    await running.stop()
    tell(undefined)
    await starting
    await clock.advance(0)
    expect(runs).toEqual([])
    await running.start()
    await clock.advance(0)
    expect(runs).toEqual(['backup 2026-01-01T00:01 due'])
    await running.stop()
  })

  test('waits for what runs when it is told to stop', async () => {
    const { clock, scheduler, slowJob, told } = machine()
    const running = scheduler({ jobs: [slowJob('slow', often, 5 * minute)] })
    await running.start()
    await clock.advance(15 * minute)
    expect(running.status()[0]).toMatchObject({ state: 'running', since: new Date('2026-01-01T00:15:00Z') })
    await clock.settle(running.stop())
    expect(told('job-end')).toMatchObject([{ job: 'slow', durationMs: 5 * minute }])
    expect(clock.pending).toBe(0)
  })

  test('cancels what runs when it is told not to wait, and does it after the next start', async () => {
    const { clock, runs, scheduler, job, told } = machine()
    const stopped: unknown[] = []
    const run = ({ signal }: JobContext): Promise<void> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const running = scheduler({ jobs: [job('slow', nightly, { run: (context) => run(context).catch((error) => { stopped.push(error); throw error }) })] })
    await running.start()
    await clock.advance(3 * hour)
    await running.stop({ cancel: true })
    expect(stopped).toHaveLength(1)
    expect(BackupError.is(stopped[0], 'cancelled')).toBe(true)
    expect(told('job-error')).toMatchObject([{ outcome: 'cancelled', failures: 0 }])
    await running.start()
    await clock.advance(minute)
    expect(runs).toEqual(['slow 2026-01-01T03:00 due', 'slow 2026-01-01T03:00 due'])
    await running.stop({ cancel: true })
  })

  test('runs one job after the other, the most important first, or as many at a time as is said', async () => {
    const order = async (parallel: number): Promise<string[]> => {
      const { clock, scheduler, slowJob, events } = machine()
      const jobs = [
        slowJob('third', often, minute),
        slowJob('second', often, minute, { priority: 1 }),
        slowJob('first', often, minute, { priority: 2 }),
      ]
      const running = scheduler({ jobs, parallel })
      await running.start()
      await clock.advance(20 * minute)
      await running.stop()
      return events.map(({ type, job, at }) => `${new Date(at).toISOString().slice(14, 16)} ${type} ${job}`)
    }
    expect(await order(1)).toEqual([
      '15 job-start first', '16 job-end first', '16 job-start second', '17 job-end second', '17 job-start third', '18 job-end third',
    ])
    expect(await order(2)).toEqual([
      '15 job-start first', '15 job-start second', '16 job-end first', '16 job-start third', '16 job-end second', '17 job-end third',
    ])
  })

  test('never runs a job beside itself: planned times go by while it runs, and it is told', async () => {
    const { clock, scheduler, slowJob, told, events } = machine()
    const running = scheduler({ jobs: [slowJob('slow', often, 40 * minute)], parallel: 4 })
    await running.start()
    await clock.advance(2 * hour)
    await clock.settle(running.stop())
    const steps = events.flatMap(({ type }) => (type === 'job-start' ? [1] : type === 'job-end' ? [-1] : []))
    expect(steps).toEqual([1, -1, 1, -1, 1, -1])
    expect(told('job-skipped').map((event) => ('reason' in event ? event.reason : ''))).toEqual(Array(5).fill('running'))
    expect(told('job-missed')).toEqual([])
  })

  test('merges what waits for another job into one run', async () => {
    const { clock, runs, scheduler, job, slowJob, told } = machine()
    const running = scheduler({ jobs: [slowJob('slow', { daily: '00:10' }, 50 * minute), job('often', often)] })
    await running.start()
    await clock.advance(65 * minute)
    await running.stop()
    expect(runs).toEqual(['slow 2026-01-01T00:10 due', 'often 2026-01-01T01:00 due'])
    expect(told('job-skipped')).toMatchObject([{ reason: 'waiting' }, { reason: 'waiting' }, { reason: 'waiting' }])
  })

  test('what waits for another job is late, and not missed', async () => {
    const { clock, runs, scheduler, job, slowJob, told } = machine('2026-01-01T02:50:00Z')
    const jobs = [slowJob('slow', { daily: '02:55' }, 45 * minute), job('drill', nightly, { catchUp: false })]
    const running = scheduler({ jobs })
    await running.start()
    await clock.advance(hour)
    await running.stop()
    expect(runs).toEqual(['slow 2026-01-01T02:55 due', 'drill 2026-01-01T03:00 due'])
    expect(told('job-missed')).toEqual([])
  })

  test('a listener that throws, or rejects, disturbs nothing', async () => {
    const { clock, runs, job, now } = machine()
    const { createScheduler } = await import('../src/schedule/index.ts')
    const heard: string[] = []
    const onEvent = (event: { type: string }): void => {
      heard.push(event.type)
      if (heard.length % 2 === 0) throw new Error('deaf')
      return Promise.reject(new Error('deaf')) as never
    }
    const running = createScheduler({ jobs: [job('often', often)], timers: clock, clock: now, zone: 'UTC', onEvent })
    await running.start()
    await clock.advance(30 * minute)
    await running.stop()
    expect(runs).toHaveLength(2)
    expect(heard).toHaveLength(4)
  })
})

describe('a job that fails', () => {
  test('is reported, and comes again when planned: thrown, rejected, or not even an error', async () => {
    const { clock, runs, scheduler, job, told } = machine()
    let count = 0
    const fail = [() => { throw new Error('at once') }, () => Promise.reject(new BackupError('quota', 'The disk is full.')), () => Promise.reject(undefined)]
    const running = scheduler({ jobs: [job('often', often, { run: () => fail[count++]?.() })] })
    await running.start()
    await clock.advance(hour)
    expect(runs).toHaveLength(4)
    expect(told('job-error')).toMatchObject([
      { outcome: 'failed', failures: 1, error: { message: 'at once' } },
      { outcome: 'failed', failures: 2, error: { kind: 'quota', message: 'The disk is full.' } },
      { outcome: 'failed', failures: 3 },
    ])
    expect(running.status()[0]).toMatchObject({ failures: 0, lastOk: new Date('2026-01-01T01:00:00Z'), last: { outcome: 'ok' } })
    await running.stop()
  })

  test('does not stop another', async () => {
    const { clock, runs, scheduler, job } = machine()
    const running = scheduler({ jobs: [job('bad', often, { run: () => { throw new Error('bad') } }), job('good', often)] })
    await running.start()
    await clock.advance(30 * minute)
    await running.stop()
    expect(runs.filter((run) => run.startsWith('good'))).toHaveLength(2)
  })

  test('is tried again soon where that was asked for and is worth it, and no oftener', async () => {
    const { clock, scheduler, job, told, events } = machine('2026-01-01T02:59:00Z')
    const run = (): never => { throw new BackupError('transient', 'The line is dead.') }
    const running = scheduler({ jobs: [job('nightly', nightly, { run, retry: { times: 2, wait: '5m' } })] })
    await running.start()
    await clock.advance(2 * hour)
    await running.stop()
    const starts = events.filter(({ type }) => type === 'job-start').map(({ at }) => new Date(at).toISOString().slice(11, 16))
    expect(starts).toEqual(['03:00', '03:05', '03:10'])
    expect(told('job-start').map((event) => 'attempt' in event && [event.attempt, event.reason])).toEqual([[1, 'due'], [2, 'retry'], [3, 'retry']])
    expect(told('job-error').map((event) => 'retryAt' in event)).toEqual([true, true, false])
    expect(running.status()[0]).toMatchObject({ failures: 3, next: new Date('2026-01-02T03:00:00Z') })
  })

  test.each([
    ['one that no retry mends', new BackupError('auth', 'Sign in again.')],
    ['one that nobody knows', new Error('odd')],
    ['one whose store asks to wait beyond the next planned time', new BackupError('throttled', 'Slow down.', { retryAfterMs: day })],
  ])('is not tried again soon: %s', async (_, error) => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T02:59:00Z')
    const running = scheduler({ jobs: [job('nightly', nightly, { run: () => Promise.reject(error), retry: { times: 2, wait: '5m' } })] })
    await running.start()
    await clock.advance(2 * hour)
    await running.stop()
    expect(runs).toHaveLength(1)
  })

  test('that takes too long is told to end, and the schedule goes on', async () => {
    const { clock, runs, scheduler, job, told } = machine()
    const run = ({ signal }: JobContext): Promise<never> =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped in order'))))
    const running = scheduler({ jobs: [job('stuck', often, { run, timeout: '5m' })] })
    await running.start()
    await clock.advance(31 * minute)
    await clock.settle(running.stop())
    expect(runs).toHaveLength(2)
    expect(told('job-error')[0]).toMatchObject({
      outcome: 'timed-out', durationMs: 5 * minute, error: { kind: 'transient', message: '"stuck" did not end within 5 min.' },
    })
  })

  test('that hangs and does not listen is given up, and neither it nor another is kept from running', async () => {
    const { clock, runs, scheduler, job, told } = machine()
    const signals: AbortSignal[] = []
    const run = ({ signal }: JobContext): Promise<never> => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const running = scheduler({ jobs: [job('stuck', often, { run, timeout: '5m', priority: 1 }), job('other', often)] })
    await running.start()
    await clock.advance(31 * minute)
    expect(runs).toEqual(['stuck 2026-01-01T00:15 due', 'other 2026-01-01T00:15 due', 'stuck 2026-01-01T00:30 due'])
    expect(told('job-error')).toMatchObject([{ outcome: 'abandoned', durationMs: 5.5 * minute }])
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await clock.settle(running.stop({ cancel: true }))
    expect(clock.pending).toBe(0)
  })
})

describe('time', () => {
  test('a machine that slept catches up once, and tells how much it missed', async () => {
    const self = machine()
    const { clock, runs, scheduler, job, told } = self
    const running = scheduler({ jobs: [job('often', often), job('nightly', nightly)] })
    await running.start()
    await clock.advance(20 * minute)
    self.offMs = 8 * hour // the timers stood still meanwhile
    await clock.advance(5 * minute)
    await running.stop()
    expect(runs).toEqual(['often 2026-01-01T00:15 due', 'nightly 2026-01-01T03:00 missed', 'often 2026-01-01T08:15 missed'])
    expect(told('job-missed')).toMatchObject([
      { job: 'nightly', count: 1, since: Date.parse('2026-01-01T03:00Z') },
      { job: 'often', count: 32, since: Date.parse('2026-01-01T00:30Z'), caughtUp: true },
    ])
    expect(running.status().map(({ missed }) => missed)).toEqual([32, 1])
  })

  test('and so does one whose timers go on, and fire hours late', async () => {
    const self = machine()
    const { runs, scheduler, job, told } = self
    vi.spyOn(self.clock, 'setTimeout')
    const running = scheduler({ jobs: [job('often', often)] })
    await running.start()
    const [wake] = vi.mocked(self.clock.setTimeout).mock.calls.at(-1)!
    self.offMs = 5 * hour
    wake()
    await self.clock.advance(0)
    await running.stop()
    expect(runs).toEqual(['often 2026-01-01T05:00 missed'])
    expect(told('job-missed')).toMatchObject([{ count: 19 }])
  })

  test('no timer is ever longer than one minute, so that none overflows', async () => {
    const self = machine()
    const waits: number[] = []
    const set = self.clock.setTimeout
    self.clock.setTimeout = (act, ms) => {
      waits.push(ms)
      return set(act, ms)
    }
    const running = self.scheduler({ jobs: [self.job('yearly', { cron: '0 0 1 1 *' })] })
    await running.start()
    await self.clock.advance(3 * minute)
    await running.stop()
    expect(waits.length).toBeGreaterThan(2)
    expect(Math.max(...waits)).toBe(minute)
  })

  test('what is not to be caught up waits for its next time, and is told', async () => {
    const self = machine()
    const running = self.scheduler({ jobs: [self.job('drill', nightly, { catchUp: false })] })
    await running.start()
    self.offMs = 12 * hour
    await self.clock.advance(2 * minute)
    expect(self.runs).toEqual([])
    expect(self.told('job-missed')).toMatchObject([{ count: 1, caughtUp: false }])
    expect(running.status()[0]).toMatchObject({ next: new Date('2026-01-02T03:00:00Z'), missed: 1 })
    await running.stop()
  })

  test.each([
    ['1970', Date.parse('1970-01-01T00:02:30Z')],
    ['2100', Date.parse('2100-06-01T00:02:30Z')],
    ['an hour ago', Date.parse('2026-01-01T00:02:30Z') - hour],
    ['tomorrow', Date.parse('2026-01-02T00:02:30Z')],
  ])('a clock that is set to %s and back brings neither a storm nor an end', async (_, wrong) => {
    const self = machine('2026-01-01T00:02:30Z')
    const { clock, runs, scheduler, job } = self
    const running = scheduler({ jobs: [job('often', often)] })
    await running.start()
    await clock.advance(hour)
    expect(runs).toHaveLength(4)
    self.offMs = wrong - clock.now()
    await clock.advance(hour)
    const meanwhile = runs.length - 4
    expect(meanwhile).toBeGreaterThanOrEqual(4)
    expect(meanwhile).toBeLessThanOrEqual(5)
    self.offMs = 0
    await clock.advance(hour)
    await running.stop()
    const after = runs.length - 4 - meanwhile
    expect(after).toBeGreaterThanOrEqual(3)
    expect(after).toBeLessThanOrEqual(5)
    expect(running.status()[0]?.next).toEqual(new Date('2026-01-01T03:15:00Z'))
  })

  test('a clock that is set to and fro every minute brings no storm', async () => {
    const self = machine()
    const running = self.scheduler({ jobs: [self.job('often', often)] })
    await running.start()
    for (let turn = 0; turn < 120; turn++) {
      self.offMs = turn % 2 === 0 ? 50 * 365 * day : 0
      await self.clock.advance(minute)
    }
    await running.stop()
    // Every 7.5 minutes at most: half of what is planned.
    expect(self.runs.length).toBeGreaterThanOrEqual(2)
    expect(self.runs.length).toBeLessThanOrEqual(17)
    expect(self.told('job-skipped').some((event) => 'reason' in event && event.reason === 'clock')).toBe(true)
  })

  test('a clock that is corrected by seconds runs nothing twice', async () => {
    const self = machine('2026-01-01T02:59:00Z')
    const running = self.scheduler({ jobs: [self.job('nightly', nightly)] })
    await running.start()
    await self.clock.advance(minute)
    self.offMs = -3_000
    await self.clock.advance(10 * minute)
    await running.stop()
    expect(self.runs).toEqual(['nightly 2026-01-01T03:00 due'])
  })
})

describe('called from outside', () => {
  test('a tick runs what is due, and says when to call again', async () => {
    const { clock, runs, scheduler, job } = machine('2026-01-01T02:50:00Z')
    const state = createMemoryState()
    const ticked = (): ReturnType<ReturnType<typeof scheduler>['tick']> =>
      clock.settle(scheduler({ jobs: [job('nightly', nightly, { run: () => 'done' })], state }).tick())
    expect(await ticked()).toEqual({ ran: [], next: new Date('2026-01-01T03:00:00Z') })
    await clock.advance(20 * minute)
    expect(await ticked()).toEqual({
      ran: [{ job: 'nightly', planned: new Date('2026-01-01T03:00:00Z'), outcome: 'ok', durationMs: 0, result: 'done' }],
      next: new Date('2026-01-02T03:00:00Z'),
    })
    expect(await ticked()).toMatchObject({ ran: [] })
    expect(runs).toEqual(['nightly 2026-01-01T03:00 missed'])
  })

  test('a tick reports what failed instead of failing', async () => {
    const { clock, scheduler, job } = machine('2026-01-01T02:50:00Z')
    const error = new BackupError('transient', 'The line is dead.')
    const retry = { times: 1, wait: '10m' } as const
    const ticking = scheduler({ jobs: [job('nightly', nightly, { run: () => Promise.reject(error), retry })] })
    await ticking.tick()
    await clock.advance(10 * minute)
    expect(await ticking.tick()).toMatchObject({ ran: [{ outcome: 'failed', error }], next: new Date('2026-01-01T03:10:00Z') })
  })

  test('now is what the caller says', async () => {
    const { scheduler, job, runs } = machine()
    const ticking = scheduler({ jobs: [job('nightly', nightly)] })
    await ticking.tick(new Date('2031-05-05T01:00:00Z'))
    await ticking.tick(new Date('2031-05-05T03:01:00Z'))
    expect(runs).toEqual(['nightly 2031-05-05T03:00 due'])
  })

  test('ticks that come at the same time take turns', async () => {
    const { clock, scheduler, slowJob, runs } = machine('2026-01-01T02:59:00Z')
    const ticking = scheduler({ jobs: [slowJob('nightly', nightly, minute)] })
    await ticking.tick()
    await clock.advance(minute)
    const [first, second] = await clock.settle(Promise.all([ticking.tick(), ticking.tick()]))
    expect([first.ran.length, second.ran.length, runs.length]).toEqual([1, 0, 1])
  })

  test('a job is run on demand, but not beside itself', async () => {
    const { clock, scheduler, slowJob, runs } = machine()
    const asked = scheduler({ jobs: [slowJob('nightly', nightly, minute), slowJob('other', nightly, minute)] })
    const [report, other] = [asked.run('nightly'), asked.run('other')]
    await clock.advance(0)
    await expect(asked.run('nightly')).rejects.toMatchObject({ kind: 'busy' })
    await expect(asked.run('nighty')).rejects.toMatchObject({ kind: 'not-found' })
    expect(await clock.settle(report)).toMatchObject({ outcome: 'ok', durationMs: minute })
    expect(await clock.settle(other)).toMatchObject({ outcome: 'ok' })
    expect(runs).toEqual(['nightly 2026-01-01T00:01 asked', 'other 2026-01-01T00:01 asked'])
  })
})

test.each([
  [[], 'jobs'],
  [[{ name: 'Backup', schedule: often, run: () => {} }], 'name'],
  [[{ name: 'a/b', schedule: often, run: () => {} }], 'name'],
  [[{ name: 'a', schedule: often, run: () => {} }, { name: 'a', schedule: often, run: () => {} }], 'name'],
  [[{ name: 'a', schedule: { evry: '1h' }, run: () => {} }], 'a.schedule.evry'],
  [[{ name: 'a', schedule: often, run: 'backup' }], 'a.run'],
  [[{ name: 'a', schedule: often, run: () => {}, timeout: '30d' }], 'a.timeout'],
  [[{ name: 'a', schedule: often, run: () => {}, retry: { times: -1, wait: '5m' } }], 'a.retry.times'],
])('jobs that cannot be scheduled are refused: %j', (jobs, key) => {
  expect(() => machine().scheduler({ jobs: jobs as never })).toThrow(expect.objectContaining({ kind: 'config', key }))
})
