import type { Authority } from '../contract/authority.ts'
import type { Duration } from '../contract/duration.ts'
import type { Schedule } from './schedule.ts'

/** Something that is done again and again. */
export interface Job {
  /**
   * Lower case letters, digits, `.`, `_` and `-`, at most 50. What is remembered of a job goes by its name, and so does jitter: put the
   * name of the host in it when many hosts share a store.
   */
  readonly name: string
  readonly schedule: Schedule
  /** Does it. Whatever it throws is reported, and the schedule goes on. */
  readonly run: (context: JobContext) => unknown
  /**
   * After so long `signal` fires. A run that goes on regardless for another 30 s is given up: the schedule goes on without it, and the
   * next run begins beside what may be left of it. @default '24h'
   */
  readonly timeout?: Duration
  /** Of jobs that are due at the same time, the highest number goes first. @default 0 */
  readonly priority?: number
  /**
   * Try again soon after a failure that is worth it: a `BackupError` that is `retryable`. An attempt that would come after the next
   * planned time is left out. @default never: the next attempt is the next planned run
   */
  readonly retry?: { readonly times: number; readonly wait: Duration }
  /** Make up for what was missed while no program ran or the machine slept: once, however much it was. @default true */
  readonly catchUp?: boolean
  /**
   * When it was done last, from whoever knows: asked when there is no state, which is only a cache. Never done, or a failure to find
   * out, makes the job due at once; without this function its first run is the next planned one.
   */
  readonly lastRun?: (options: { readonly signal: AbortSignal }) => PromiseLike<Date | undefined>
  /** For adaptive schedules: what of the result says how much had changed. */
  readonly changedBytes?: (result: unknown) => number | undefined
  /**
   * Whether it may remove what was backed up. Nothing is decided by it here: who lets people run jobs by hand asks them for more.
   * @default true: nobody knows what a function does
   */
  readonly removes?: boolean
}

export interface JobContext {
  /** Fires when time is up, or the scheduler is told to stop and not to wait. */
  readonly signal: AbortSignal
  /** The planned time, which a late run has in common with one that is on time. */
  readonly planned: Date
  readonly reason: RunReason
  /** 1 for the first try at this planned time. */
  readonly attempt: number
  /** Who asked for this run, and why, where somebody did. */
  readonly authority?: Authority
}

/**
 * `due`: its time has come. `missed`: its time was missed and is caught up. `retry`: the try before failed. `interrupted`: the program
 * ended in the middle of the try before. `asked`: somebody called `run`.
 */
export type RunReason = 'due' | 'missed' | 'retry' | 'interrupted' | 'asked'

/** `timed-out`: it was told to end and did. `abandoned`: it did not. `interrupted`: the program ended first. */
export type Outcome = 'ok' | 'failed' | 'timed-out' | 'abandoned' | 'cancelled' | 'interrupted'
