import { BackupError } from '../errors.ts'
import { durationMs } from './duration.ts'
import type { Due } from './due.ts'
import type { Job, Outcome } from './job.ts'
import { type Plan, planOf } from './plan.ts'
import { type JobRecord, freshRecord } from './record.ts'

/** What came of one run. */
export interface JobReport {
  readonly job: string
  readonly planned: Date
  readonly outcome: Outcome
  readonly durationMs: number
  /** What the job returned. */
  readonly result?: unknown
  /** What it threw, or why it was told to end. */
  readonly error?: unknown
}

/** One job, and how it stands. */
export interface Slot {
  readonly job: Job
  readonly plan: Plan
  readonly timeoutMs: number
  readonly retry: { readonly times: number; readonly waitMs: number }
  record: JobRecord
  /** Since when it is not to be started by its schedule. */
  pausedMs: number | undefined
  /** State could not be written: what is in memory is newer. */
  unsaved: boolean
  queued: Due | undefined
  /** It was never done, as far as anybody knows. */
  urgent: boolean
  /** What it is busy with, and since when by the wall clock. */
  current: (Due & { readonly startMs: number }) | undefined
  /** By the clock of the timers, which never goes back. */
  lastStart: number
  heldUntil: number
  blockedUntil: number
  /** The planned time that another process is known to take care of. */
  othersMs: number | undefined
  asked: ((report: JobReport) => void)[]
}

const namePattern = /^[a-z0-9][a-z0-9._-]{0,49}$/
// More does not fit a timer.
const longestTimeoutMs = 24 * 86_400_000

/** @throws `config` for a job that cannot be scheduled, or a name that is used twice */
export function slotsOf(jobs: readonly Job[], zone: string | undefined): Slot[] {
  if (!Array.isArray(jobs) || jobs.length === 0) throw refusal('jobs', 'a list with a job at least')
  const names = new Set<string>()
  for (const { name } of jobs as readonly Job[]) {
    if (typeof name !== 'string' || !namePattern.test(name)) {
      throw refusal('name', `1 to 50 lower case letters, digits, ".", "_" or "-", not ${JSON.stringify(name)}`)
    }
    if (names.has(name)) throw refusal('name', `another for each job; "${name}" is there twice`)
    names.add(name)
  }
  return (jobs as readonly Job[]).map((job) => slotOf(job, zone))
}

/** All planned times up to this one are dealt with. */
export function serve(slot: Slot, plannedMs: number): void {
  slot.record = { ...slot.record, servedMs: Math.max(slot.record.servedMs, plannedMs) }
}

function slotOf(job: Job, zone: string | undefined): Slot {
  const option = `${job.name}.`
  if (typeof job.run !== 'function') throw refusal(`${option}run`, 'a function')
  const timeoutMs = durationMs(job.timeout ?? '24h', `${option}timeout`)
  if (timeoutMs < 1_000 || timeoutMs > longestTimeoutMs) throw refusal(`${option}timeout`, 'from 1 s to 24 d')
  const { times, wait } = job.retry ?? { times: 0, wait: '5m' }
  if (!Number.isInteger(times) || times < 0 || times > 100) throw refusal(`${option}retry.times`, 'a whole number from 0 to 100')
  return {
    job,
    plan: planOf(job.schedule, zone, `${option}schedule`),
    timeoutMs,
    retry: { times, waitMs: durationMs(wait, `${option}retry.wait`) },
    record: freshRecord(0),
    pausedMs: undefined,
    unsaved: false,
    queued: undefined,
    urgent: false,
    current: undefined,
    lastStart: -Infinity,
    heldUntil: -Infinity,
    blockedUntil: -Infinity,
    othersMs: undefined,
    asked: [],
  }
}

function refusal(option: string, expected: string): BackupError {
  return new BackupError('config', `Option "${option}" must be ${expected}.`, { key: option })
}
