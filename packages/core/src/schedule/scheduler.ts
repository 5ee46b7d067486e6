import type { Authority } from '../contract/authority.ts'
import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type Timers, systemTimers } from '../provider/timers.ts'
import { type Due, afterStepBack, dueNow, gapMs, nextStart } from './due.ts'
import type { SchedulerEvent } from './events.ts'
import type { Job } from './job.ts'
import { leases } from './lease.ts'
import { jobMemory } from './memory.ts'
import { type JobReport, type Slot, serve, slotsOf } from './slot.ts'
import { type JobStatus, statusOf } from './status.ts'
import { notDone, takeTurn } from './turn.ts'

export interface SchedulerOptions {
  readonly jobs: readonly Job[]
  /**
   * Where it is remembered what was done, so that missed runs are known after a restart, and processes that share it do not run the same
   * job twice: `nodeRuntime.openState('shop-schedule')`. @default the memory of this process
   */
  readonly state?: StateStore
  /** Jobs that may run at the same time. @default 1: one after the other */
  readonly parallel?: number
  /** IANA zone of schedules that name none. @default the system's */
  readonly zone?: string
  /** Is told what happens. Whatever it throws is ignored. */
  readonly onEvent?: (event: SchedulerEvent) => void
  /** @default the system clock */
  readonly clock?: () => Date
  /** @default those of the system */
  readonly timers?: Timers
}

/** Runs jobs when their time has come. */
export interface Scheduler {
  /** Begins, and keeps the process alive. Resolves when it is known what was done before. */
  start(): Promise<void>
  /** Ends; resolves when no job runs any more. With `cancel`, jobs that run are told to stop: their time comes again after the next start. */
  stop(options?: { readonly cancel?: boolean }): Promise<void>
  /**
   * Runs what is due now, and resolves when it is done: for programs that are started from outside, by a cron of the cloud for instance.
   * They need `state` that lasts, or jobs with `lastRun`. @param now what counts as now
   */
  tick(now?: Date): Promise<TickReport>
  /**
   * Runs a job now, whatever its schedule says. Resolves also when it fails: see `outcome`; it is `cancelled`, with an error of kind
   * `busy`, when another process runs it.
   *
   * @param authority who asks for it, and why: the job is told, and what it does is in the audit trail under this name
   * @throws `not-found`, or `busy` when it runs already
   */
  run(job: string, authority?: Authority): Promise<JobReport>
  /**
   * From now on the schedule of this job does not start it, in no process that shares `state`, until `resume`. A run that is under way
   * goes on; `run` still works.
   *
   * @throws `not-found`; whatever keeps that from being remembered
   */
  pause(job: string): Promise<void>
  /** Ends a pause. What was planned meanwhile is not made up for: the next run is the next planned one. @throws as `pause` */
  resume(job: string): Promise<void>
  /** Tells what happens, as `onEvent` does. @returns what ends it */
  subscribe(listener: (event: SchedulerEvent) => void): () => void
  status(): JobStatus[]
}

export interface TickReport {
  /** In the order in which they ended. */
  readonly ran: readonly JobReport[]
  /** When to call again; any other time will do too. */
  readonly next?: Date
}

/** So often the clock is looked at in any event: it may have been set, or the machine may have slept. */
const heartbeatMs = 60_000
const shortestWaitMs = 250
/** Longest that a clock which is set to and fro holds up a job. */
const longestHoldMs = 3_600_000

/**
 * Makes a scheduler. Nothing happens until `start` or `tick`.
 *
 * Whatever was missed, because no program ran, the machine slept or the clock was moved, is caught up by one run. A job that fails, hangs
 * or throws is reported, and comes again when planned. Two runs of one job never overlap.
 *
 * @throws `config` for a job that cannot be scheduled
 * @example
 * ```ts
 * const scheduler = createScheduler({ jobs: backupJobs(backup), onEvent: console.log })
 * await scheduler.start()
 * ```
 */
export function createScheduler(options: SchedulerOptions): Scheduler {
  const { state, parallel = 1, timers = systemTimers, onEvent } = options
  const slots = slotsOf(options.jobs, options.zone)
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new BackupError('config', 'Option "parallel" must be a whole number from 1.', { key: 'parallel' })
  }
  const clock = options.clock ?? ((): Date => new Date())
  const active = new Set<Promise<void>>()
  let read = (): number => clock().getTime()
  let started = false
  let timer: unknown
  let stopping = new AbortController()
  let ticks: Promise<unknown> = Promise.resolve()
  let reports: JobReport[] | undefined

  const now = (): number => read()
  const listeners = new Set<{ readonly tell: (event: SchedulerEvent) => void }>(onEvent ? [{ tell: onEvent }] : [])
  const emit = (event: SchedulerEvent): void => {
    for (const { tell } of listeners) {
      try {
        // One that is asynchronous must not end the program either.
        void Promise.resolve(tell(event)).catch(() => {})
      } catch {}
    }
  }
  const warn = (job: string, message: string): void => emit({ type: 'job-warning', job, at: now(), message })
  const lease = state && leases({ state, timers, now, onTrouble: warn })
  const memory = jobMemory({ state, slots, timers, now, warn })

  const look = (slot: Slot): void => {
    const { job, plan, current, queued } = slot
    const skip = (planned: number, reason: 'running' | 'waiting' | 'clock'): void =>
      emit({ type: 'job-skipped', job: job.name, at: now(), planned, reason })
    const rebased = afterStepBack(plan, slot.record, now())
    if (rebased) {
      slot.record = rebased
      slot.heldUntil = slot.lastStart + Math.min(longestHoldMs, gapMs(plan, rebased, now()) / 2)
    }
    // The next time of an adaptive one is known when it ends.
    if (current && plan.adaptive) return
    if (slot.pausedMs !== undefined) return
    const due = slot.urgent && !current ? atOnce(now()) : dueNow(plan, job.name, slot.record, now())
    if (!due) return
    slot.urgent = false
    if (current) {
      if (due.plannedMs <= current.plannedMs) return
      serve(slot, due.plannedMs)
      skip(due.plannedMs, 'running')
    } else if (queued) {
      if (due.plannedMs <= queued.plannedMs) return
      skip(queued.plannedMs, 'waiting')
      slot.queued = { ...queued, plannedMs: due.plannedMs }
    } else if (timers.now() < slot.heldUntil) {
      serve(slot, due.plannedMs)
      skip(due.plannedMs, 'clock')
    } else if (timers.now() >= slot.blockedUntil) slot.queued = due
  }

  const begin = async (slot: Slot): Promise<void> => {
    const wanted = slot.queued
    slot.queued = undefined
    if (!wanted) return
    slot.current = { ...wanted, startMs: now() }
    let report: JobReport | undefined
    try {
      report = await takeTurn(slot, wanted, { timers, now, emit, warn, memory, lease, stop: stopping.signal })
      if (report) reports?.push(report)
    } finally {
      slot.current = undefined
      answer(slot, report ?? notDone(slot, 'busy', now()))
    }
  }
  const pump = (): void => {
    while (active.size < parallel) {
      const [slot] = slots.filter(({ queued }) => queued).sort(inOrder)
      if (!slot) break
      const run: Promise<void> = begin(slot)
        .catch((error: unknown) => warn(slot.job.name, error instanceof Error ? error.message : String(error)))
        .then(() => {
          active.delete(run)
          pass()
        })
      active.add(run)
    }
  }
  const nextWake = (): number | undefined => {
    const times = slots.flatMap((slot) => {
      const next = slot.queued || slot.pausedMs !== undefined ? undefined : nextLook(slot)
      return next === undefined ? [] : [Math.max(next, now() + Math.max(0, slot.blockedUntil - timers.now()))]
    })
    return times.length > 0 ? Math.min(...times) : undefined
  }
  /** Looks at all jobs, starts what can be, and comes back in time. */
  const pass = (): void => {
    timers.clearTimeout(timer)
    if (started || reports) for (const slot of slots) look(slot)
    // Another process may have ended a pause.
    for (const slot of slots) if (slot.pausedMs !== undefined) void memory.reloadPause(slot)
    pump()
    if (!started) return
    const leftMs = (nextWake() ?? Infinity) - now()
    timer = timers.setTimeout(pass, Math.min(heartbeatMs, Math.max(shortestWaitMs, leftMs)))
  }
  const find = (name: string): Slot => {
    const slot = slots.find(({ job }) => job.name === name)
    if (slot) return slot
    throw new BackupError('not-found', `There is no job "${name}".`, { key: name })
  }
  const idle = async (): Promise<void> => {
    while (active.size > 0) await Promise.all(active)
  }
  const tickNow = async (at: Date | undefined): Promise<TickReport> => {
    if (stopping.signal.aborted) stopping = new AbortController()
    const [startedMs, before, ran] = [timers.now(), read, [] as JobReport[]]
    if (at) read = () => at.getTime() + Math.round(timers.now() - startedMs)
    try {
      await memory.load()
      reports = ran
      pass()
      await idle()
      const next = nextWake()
      return { ran, ...(next !== undefined && { next: new Date(next) }) }
    } finally {
      reports = undefined
      read = before
    }
  }

  return {
    async start() {
      if (started) return
      started = true
      if (stopping.signal.aborted) stopping = new AbortController()
      await memory.load()
      pass()
    },
    async stop({ cancel = false } = {}) {
      started = false
      reports = undefined
      timers.clearTimeout(timer)
      for (const slot of slots) {
        if (!slot.queued) continue
        slot.queued = undefined
        answer(slot, notDone(slot, 'cancelled', now()))
      }
      if (cancel) stopping.abort(new BackupError('cancelled', 'The scheduler was told to stop.'))
      await idle()
    },
    tick(at) {
      const turn = ticks.then(() => tickNow(at))
      ticks = turn.catch(() => {})
      return turn
    },
    async run(name, authority) {
      const slot = find(name)
      await memory.load()
      if (slot.queued || slot.current) throw new BackupError('busy', `"${name}" runs already.`, { key: name })
      slot.queued = { ...atOnce(now()), reason: 'asked', ...(authority && { authority }) }
      const report = new Promise<JobReport>((resolve) => slot.asked.push(resolve))
      pump()
      return report
    },
    async pause(name) {
      const slot = find(name)
      await memory.load()
      if (slot.pausedMs !== undefined) return
      slot.pausedMs = now()
      try {
        await memory.savePause(slot)
      } catch (error) {
        slot.pausedMs = undefined
        throw error
      }
      if (slot.queued && slot.queued.reason !== 'asked') slot.queued = undefined
      emit({ type: 'job-paused', job: name, at: now() })
    },
    async resume(name) {
      const slot = find(name)
      await memory.load()
      await memory.reloadPause(slot)
      const since = slot.pausedMs
      if (since === undefined) return
      slot.pausedMs = undefined
      try {
        await memory.savePause(slot)
      } catch (error) {
        slot.pausedMs = since
        throw error
      }
      await memory.reload(slot)
      serve(slot, now())
      await memory.save(slot)
      emit({ type: 'job-resumed', job: name, at: now() })
      pass()
    },
    subscribe(listener) {
      const entry = { tell: listener }
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    status: () => slots.map((slot) => statusOf(slot, now())),
  }
}

function atOnce(nowMs: number): Due {
  return { plannedMs: nowMs, reason: 'due', attempt: 1, missed: 0, sinceMs: nowMs }
}

/** When there may be something to do about a job. */
function nextLook({ plan, job, record, current }: Slot): number | undefined {
  if (!current) return nextStart(plan, job.name, record)
  if (plan.adaptive) return undefined
  const { retry: _, ...rest } = record
  return nextStart(plan, job.name, { ...rest, servedMs: Math.max(record.servedMs, current.plannedMs) })
}

/** The most important first; of equals, the one that has waited longest. */
function inOrder(one: Slot, other: Slot): number {
  const byPriority = (other.job.priority ?? 0) - (one.job.priority ?? 0)
  return byPriority || (one.queued?.plannedMs ?? 0) - (other.queued?.plannedMs ?? 0)
}

function answer(slot: Slot, report: JobReport): void {
  for (const tell of slot.asked.splice(0)) tell(report)
}
