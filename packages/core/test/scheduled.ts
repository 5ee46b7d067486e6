import { type Job, type JobContext, type Schedule, type Scheduler, type SchedulerEvent, type SchedulerOptions, createScheduler } from '../src/schedule/index.ts'
import { type FakeClock, fakeClock } from '../src/testing/fake-clock.ts'

export const minute: number = 60_000
export const hour: number = 60 * minute
export const day: number = 24 * hour

/** A machine whose clock can be turned, and set wrong, and that can sleep. */
export interface Machine {
  readonly clock: FakeClock
  /** How far the time of day is off from the timers: a clock that was set, or a machine that slept. */
  offMs: number
  readonly events: SchedulerEvent[]
  /** Starts of runs, as `name 2026-01-01T00:15 reason`. */
  readonly runs: string[]
  readonly now: () => Date
  scheduler(options: SchedulerOptions): Scheduler
  /** A job that notes its runs. */
  job(name: string, schedule: Schedule, more?: Partial<Job>): Job
  /** One that also takes so long, by the timers. */
  slowJob(name: string, schedule: Schedule, ms: number, more?: Partial<Job>): Job
  told(type: SchedulerEvent['type']): SchedulerEvent[]
}

export function machine(start = '2026-01-01T00:01:00Z'): Machine {
  const clock = fakeClock(start)
  const events: SchedulerEvent[] = []
  const runs: string[] = []
  const self: Machine = {
    clock,
    offMs: 0,
    events,
    runs,
    now: () => new Date(clock.now() + self.offMs),
    scheduler: (options) =>
      createScheduler({ zone: 'UTC', ...options, timers: clock, clock: self.now, onEvent: (event) => void events.push(event) }),
    job: (name, schedule, more = {}) => ({
      name,
      schedule,
      ...more,
      run: (context) => {
        note(name, context)
        return more.run?.(context)
      },
    }),
    slowJob: (name, schedule, ms, more) =>
      self.job(name, schedule, { ...more, run: () => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms)) }),
    told: (type) => events.filter((event) => event.type === type),
  }
  const note = (name: string, { planned, reason }: JobContext): void => {
    runs.push(`${name} ${planned.toISOString().slice(0, 16)} ${reason}`)
  }
  return self
}
