import { BackupError } from '../errors.ts'
import type { Timers } from '../provider/timers.ts'
import { describe, inOurWords } from '../track/announcer.ts'
import { chooseInterval, factsKept } from '../tune/interval.ts'
import { type Attempt, attempt } from './attempt.ts'
import { type Due, nextStart } from './due.ts'
import type { SchedulerEvent } from './events.ts'
import type { Memory } from './memory.ts'
import type { JobRecord } from './record.ts'
import type { JobReport, Slot } from './slot.ts'

export interface RunTools {
  readonly timers: Timers
  /** Wall clock. */
  readonly now: () => number
  readonly emit: (event: SchedulerEvent) => void
  readonly memory: Memory
  /** Fires when nobody waits for runs any more. */
  readonly stop: AbortSignal
}

/** Runs a job that is due, and writes down what came of it. Never rejects. */
export async function runSlot(slot: Slot, due: Due, tools: RunTools): Promise<JobReport> {
  const { job, timeoutMs } = slot
  const { plannedMs, reason } = due
  const startMs = tools.now()
  const { retry: _, ...before } = slot.record
  slot.lastStart = tools.timers.now()
  slot.record = { ...before, running: { plannedMs, startMs, tries: due.attempt } }
  await tools.memory.save(slot)
  tools.emit({ type: 'job-start', job: job.name, at: startMs, planned: plannedMs, reason, attempt: due.attempt })

  const context = { signal: tools.stop, planned: new Date(plannedMs), reason, attempt: due.attempt, ...(due.authority && { authority: due.authority }) }
  const done = await attempt(job, context, tools.stop, timeoutMs, tools.timers)
  slot.record = done.outcome === 'ok' ? wentWell(slot, due, startMs, done) : wentWrong(slot, due, startMs, done, tools.now())
  await tools.memory.save(slot)
  tell(slot, due, done, tools)
  const { outcome, durationMs, result, error } = done
  return {
    job: job.name,
    planned: context.planned,
    outcome,
    durationMs,
    ...(result !== undefined && { result }),
    ...(error !== undefined && { error }),
  }
}

function wentWell(slot: Slot, due: Due, startMs: number, { durationMs, result }: Attempt): JobRecord {
  const { running: _, ...before } = slot.record
  const changedBytes = changed(slot, result)
  const sinceMs = before.lastOkMs === undefined ? undefined : startMs - before.lastOkMs
  const fact = {
    durationMs,
    ...(changedBytes !== undefined && { changedBytes }),
    ...(sinceMs !== undefined && sinceMs > 0 && { sinceMs }),
  }
  const facts = [...before.facts, fact].slice(-factsKept)
  const { adaptive } = slot.plan
  const interval = adaptive && chooseInterval(adaptive, facts)
  return {
    ...before,
    servedMs: servedBy(slot, due, startMs, durationMs, interval?.intervalMs),
    failures: 0,
    facts,
    last: { startMs, durationMs, outcome: 'ok' },
    lastOkMs: startMs,
    ...(interval && { interval }),
  }
}

/** One that was told to stop is not done: its time has come as before. */
function wentWrong(slot: Slot, due: Due, startMs: number, { outcome, durationMs, error }: Attempt, nowMs: number): JobRecord {
  const { running: _, ...before } = slot.record
  const last = { startMs, durationMs, outcome, message: inOurWords(error).message }
  if (outcome === 'cancelled') return { ...before, last }
  const servedMs = servedBy(slot, due, startMs, durationMs, before.interval?.intervalMs)
  const failed: JobRecord = { ...before, servedMs, failures: before.failures + 1, last }
  const { times, waitMs } = slot.retry
  if (due.attempt > times || !BackupError.is(error) || !error.retryable) return failed
  const atMs = nowMs + Math.max(waitMs, error.retryAfterMs ?? 0)
  const next = nextStart(slot.plan, slot.job.name, failed)
  if (next !== undefined && next <= atMs) return failed
  return { ...failed, retry: { atMs, plannedMs: due.plannedMs, tries: due.attempt } }
}

/**
 * Up to when planned times are dealt with. An adaptive schedule counts from the start of a run, and grants at least half of an interval
 * after its end.
 */
function servedBy(slot: Slot, { plannedMs }: Due, startMs: number, durationMs: number, intervalMs: number | undefined): number {
  if (!slot.plan.adaptive) return Math.max(slot.record.servedMs, plannedMs)
  return startMs + Math.max(0, durationMs - Math.round((intervalMs ?? slot.plan.adaptive.minMs) / 2))
}

/** Somebody else's function. */
function changed({ job }: Slot, result: unknown): number | undefined {
  try {
    const bytes = job.changedBytes?.(result)
    return bytes !== undefined && Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : undefined
  } catch {
    return undefined
  }
}

function tell(slot: Slot, { plannedMs }: Due, { outcome, durationMs, error }: Attempt, { emit, now }: RunTools): void {
  const common = { job: slot.job.name, at: now(), planned: plannedMs, durationMs }
  const { interval, failures, retry } = slot.record
  if (outcome === 'ok') return emit({ type: 'job-end', ...common, ...(interval && { interval }) })
  const retryAt = retry && { retryAt: retry.atMs }
  emit({ type: 'job-error', ...common, outcome, error: describe(error), failures, ...retryAt })
}
