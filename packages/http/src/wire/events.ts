import type { JobJson } from './jobs.ts'

/**
 * What the event stream tells. Each frame has the type as `event`, this as `data`, and an `id` to go on from with `Last-Event-ID`.
 * The first is always `hello`. Job frames hold the whole job, so that only the last one of a job counts.
 */
export type StreamEvent = HelloEvent | JobEvent | ChangedEvent | LogEvent

export interface HelloEvent {
  readonly type: 'hello'
  /** What was missed follows, whole. Otherwise everything has to be fetched anew. */
  readonly resumed: boolean
  /** All that are under way. */
  readonly jobs: readonly JobJson[]
}

/** A job was started, has come further, or has ended. Progress at most four times a second. */
export interface JobEvent {
  readonly type: 'job'
  readonly job: JobJson
}

/** Something is not as it was: fetch it again. */
export interface ChangedEvent {
  readonly type: 'changed'
  readonly what: Topic
  /** Which of them, where that is known. */
  readonly ids?: readonly string[]
}

export type Topic =
  | 'accounts'
  | 'audit'
  | 'drills'
  | 'health'
  | 'holds'
  | 'providers'
  | 'schedule'
  | 'settings'
  | 'setup'
  | 'snapshots'
  | 'trash'

/** A line for the log. */
export interface LogEvent {
  readonly type: 'log'
  readonly entry: LogEntryJson
}

/** Something that people may want to know, in plain words. */
export interface LogEntryJson {
  /** The same as the `id` of its frame. */
  readonly id: string
  readonly at: string
  /** `solved`: what an earlier entry said is over. */
  readonly level: 'critical' | 'warning' | 'solved' | 'info'
  /** One line: `No backup for 3 hours`. */
  readonly title: string
  /** Empty when the title says it all. */
  readonly message: string
  /** What to do about it; empty when there is nothing to do. */
  readonly action: string
  /** The same for the same matter. */
  readonly matter: string
  /** The job that it is about: see {@link JobJson}. */
  readonly job?: string
}

/** Newest first. */
export interface LogPageJson {
  readonly entries: readonly LogEntryJson[]
  /** Where a stream goes on after these: `Last-Event-ID`. */
  readonly last: string
}

export interface LogQuery {
  /** From 1 to 1,000. @default 100 */
  readonly limit?: number
  /** Only those after this id. */
  readonly after?: string
}
