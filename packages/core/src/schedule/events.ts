import type { Failure } from '../events.ts'
import type { Outcome, RunReason } from './job.ts'

/** What a scheduler tells. Events are plain data: they can be sent as JSON. */
export type SchedulerEvent = JobStarted | JobEnded | JobFailed | JobMissed | JobSkipped | JobPaused | JobResumed | JobWarned

interface JobEvent {
  readonly job: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface JobStarted extends JobEvent {
  readonly type: 'job-start'
  /** Milliseconds since 1970. */
  readonly planned: number
  readonly reason: RunReason
  readonly attempt: number
}

export interface JobEnded extends JobEvent {
  readonly type: 'job-end'
  readonly planned: number
  readonly durationMs: number
  /** Of an adaptive schedule: what was chosen, and why. */
  readonly interval?: { readonly intervalMs: number; readonly reason: string }
}

export interface JobFailed extends JobEvent {
  readonly type: 'job-error'
  readonly planned: number
  readonly durationMs: number
  readonly outcome: Exclude<Outcome, 'ok'>
  readonly error: Failure
  /** In a row, this one included. */
  readonly failures: number
  /** When it is tried again before its next planned time. */
  readonly retryAt?: number
}

/** Planned times went by and nobody was there: no program ran, the machine slept, the clock was moved. */
export interface JobMissed extends JobEvent {
  readonly type: 'job-missed'
  /** How many; 1,000 stands for that many or more. */
  readonly count: number
  /** The first of them. */
  readonly since: number
  /** They are made up for by one run. */
  readonly caughtUp: boolean
}

/** A planned time went by on purpose. */
export interface JobSkipped extends JobEvent {
  readonly type: 'job-skipped'
  readonly planned: number
  /**
   * `running`: the run before has not ended. `waiting`: the run before has not begun. `other-process`: another process does it.
   * `clock`: the clock was set back, and it was done a moment ago.
   */
  readonly reason: 'running' | 'waiting' | 'other-process' | 'clock'
}

/** Somebody said that its schedule is not to start it for now. */
export interface JobPaused extends JobEvent {
  readonly type: 'job-paused'
}

/** Its schedule starts it again. */
export interface JobResumed extends JobEvent {
  readonly type: 'job-resumed'
}

/** Something is not as it should be, and the schedule goes on. */
export interface JobWarned extends JobEvent {
  readonly type: 'job-warning'
  readonly message: string
}
