import type { JobStatus, Schedule } from '@backup/core'
import type { Action } from './access.ts'
import type { AsJson } from './as-json.ts'

export interface ScheduleJson {
  /** A scheduler of this program starts what is due. Otherwise somebody else does, or nobody. */
  readonly running: boolean
  /** That of the configuration. */
  readonly schedule?: AsJson<Schedule>
  /** IANA zone that counts. */
  readonly zone: string
  readonly jobs: readonly ScheduledJobJson[]
}

export interface ScheduledJobJson extends Omit<AsJson<JobStatus>, 'removes'> {
  /** What running it by hand needs: `delete`, and a reason, where the job may remove something. */
  readonly needs: Action
  /** The next times, soonest first; none while it is paused. */
  readonly upcoming: readonly string[]
}

export interface ScheduledDeedBody {
  /** Why, in a sentence, for whoever reads the audit trail in ten years. Required to run a job that needs `delete`. */
  readonly reason?: string
}

export interface ScheduleQuery {
  /** Times of each job, from 1 to 100. @default 5 */
  readonly runs?: number
}
