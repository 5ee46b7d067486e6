import type { StateStore } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'
import { type Fields, readFields } from '../format/fields.ts'
import { utf8 } from '../format/text.ts'
import { type RunFact, factsKept } from '../tune/interval.ts'
import type { Outcome } from './job.ts'

/** What is remembered of a job. Only a cache: without it a job goes on from now, or from what `lastRun` says. Times are milliseconds since 1970. */
export interface JobRecord {
  /** All planned times up to this one are dealt with. */
  readonly servedMs: number
  /** Runs that failed since the last one that did not. */
  readonly failures: number
  /** Planned times that were missed, ever. */
  readonly missed: number
  readonly last?: { readonly startMs: number; readonly durationMs: number; readonly outcome: Outcome; readonly message?: string }
  readonly lastOkMs?: number
  /** A run that was begun. When the program that began it is no more, it was interrupted. */
  readonly running?: { readonly plannedMs: number; readonly startMs: number; readonly tries: number }
  readonly retry?: { readonly atMs: number; readonly plannedMs: number; readonly tries: number }
  /** Of runs that went well, oldest first. */
  readonly facts: readonly RunFact[]
  /** Of an adaptive schedule. */
  readonly interval?: { readonly intervalMs: number; readonly reason: string }
}

const outcomes: Readonly<Record<Outcome, true>> = {
  ok: true, failed: true, 'timed-out': true, abandoned: true, cancelled: true, interrupted: true,
}
const latestMs = 8_640_000_000_000_000

export function freshRecord(servedMs: number): JobRecord {
  return { servedMs, failures: 0, missed: 0, facts: [] }
}

/** @returns nothing when there is none, or what there is cannot be used */
export async function loadRecord(state: StateStore, job: string): Promise<JobRecord | undefined> {
  const bytes = await state.read(itemOf(job))
  return bytes && parse(bytes)
}

export async function saveRecord(state: StateStore, job: string, record: JobRecord): Promise<void> {
  await state.write(itemOf(job), utf8(JSON.stringify(record)))
}

/** An item of its own: a run that ends must not undo what somebody decided meanwhile. */
export async function loadPause(state: StateStore, job: string): Promise<number | undefined> {
  const bytes = await state.read(pauseOf(job))
  try {
    return bytes && timeOf(readFields(bytes, 'pause of a job'), 'sinceMs')
  } catch (error) {
    // There is a pause, whatever became of its time: nothing starts that somebody stopped.
    if (BackupError.is(error, 'corrupt')) return 0
    throw error
  }
}

export async function savePause(state: StateStore, job: string, sinceMs: number | undefined): Promise<void> {
  if (sinceMs === undefined) await state.remove(pauseOf(job))
  else await state.write(pauseOf(job), utf8(JSON.stringify({ sinceMs })))
}

function pauseOf(job: string): string {
  return `pause-${job}`
}

function itemOf(job: string): string {
  return `job-${job}`
}

function parse(bytes: Uint8Array): JobRecord | undefined {
  try {
    const fields = readFields(bytes, 'record of a job')
    const record: JobRecord = {
      servedMs: timeOf(fields, 'servedMs'),
      failures: fields.number('failures'),
      missed: fields.number('missed'),
      facts: fields.objects('facts').slice(-factsKept).map(factOf),
      ...(fields.has('last') && { last: lastOf(fields.object('last')) }),
      ...(fields.has('lastOkMs') && { lastOkMs: timeOf(fields, 'lastOkMs') }),
      ...(fields.has('running') && { running: runningOf(fields.object('running')) }),
      ...(fields.has('retry') && { retry: retryOf(fields.object('retry')) }),
      ...(fields.has('interval') && { interval: intervalOf(fields.object('interval')) }),
    }
    return record
  } catch (error) {
    if (BackupError.is(error, 'corrupt')) return undefined
    throw error
  }
}

function timeOf(fields: Fields, field: string): number {
  return fields.number(field, -latestMs, latestMs)
}

function factOf(fields: Fields): RunFact {
  return {
    durationMs: fields.number('durationMs'),
    ...(fields.has('changedBytes') && { changedBytes: fields.number('changedBytes') }),
    ...(fields.has('sinceMs') && { sinceMs: fields.number('sinceMs') }),
  }
}

function lastOf(fields: Fields): NonNullable<JobRecord['last']> {
  const outcome = fields.text('outcome')
  if (!Object.hasOwn(outcomes, outcome)) throw fields.fail('outcome', 'a known outcome')
  return {
    startMs: timeOf(fields, 'startMs'),
    durationMs: fields.number('durationMs'),
    outcome: outcome as Outcome,
    ...(fields.has('message') && { message: fields.text('message') }),
  }
}

function runningOf(fields: Fields): NonNullable<JobRecord['running']> {
  return { plannedMs: timeOf(fields, 'plannedMs'), startMs: timeOf(fields, 'startMs'), tries: fields.number('tries', 1) }
}

function retryOf(fields: Fields): NonNullable<JobRecord['retry']> {
  return { atMs: timeOf(fields, 'atMs'), plannedMs: timeOf(fields, 'plannedMs'), tries: fields.number('tries', 1) }
}

function intervalOf(fields: Fields): NonNullable<JobRecord['interval']> {
  return { intervalMs: fields.number('intervalMs', 1_000), reason: fields.text('reason') }
}
