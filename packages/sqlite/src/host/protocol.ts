import type { CheckResult, ErrorKind } from '@backup/core'
import type { Settings } from '../options.ts'

/**
 * What the host process asks of the reader process, and what it gets back. A reader does one job and ends. A
 * job ends with `done` or `failed`; what is reported before depends on the job.
 */
export interface Jobs {
  /** Takes a consistent view and spools the pages that changed. Reports `opened`, then `pages`. */
  scan: { readonly request: ScanRequest; readonly result: ScanResult }
  /** Makes a restored file the one at `target`, which nobody has open. */
  deliver: { readonly request: DeliverRequest; readonly result: Delivered }
  /** Restores over a database that may be open. */
  replace: { readonly request: ReplaceRequest; readonly result: Delivered }
  /** Has SQLite put right what a job that was killed may have left. */
  settle: { readonly request: SettleRequest; readonly result: undefined }
  check: { readonly request: CheckRequest; readonly result: CheckResult }
  /** Looks at one table after the other. Reports `examining` before each and `examined` after it. */
  'quick-check': { readonly request: QuickCheckRequest; readonly result: undefined }
}

export type Job = keyof Jobs

export type Report =
  | { readonly type: 'warning'; readonly message: string; readonly hint: string }
  | {
      readonly type: 'opened'
      readonly pageBytes: number
      readonly pageCount: number
      readonly incremental: boolean
    }
  | SpooledPages
  /** From now on until the job is done, the live database may be another one than before. What it was is in the safety copy. */
  | { readonly type: 'overwriting' }
  | { readonly type: 'examining'; readonly table: string }
  | { readonly type: 'examined'; readonly table: string; readonly findings: readonly string[] }

/** Pages that were written to a spool file, one after the other. */
export interface SpooledPages {
  readonly type: 'pages'
  readonly path: string
  readonly offset: number
  /** Page numbers from 0: either a run, or each of them. */
  readonly pages: Uint32Array | { readonly first: number; readonly count: number }
}

/** What the host process tells a job that is under way: a batch was read, and its place in the spool is free. */
export interface Release {
  readonly type: 'release'
  readonly path: string
  readonly offset: number
}

export type Answer =
  { readonly type: 'done'; readonly result: unknown } | { readonly type: 'failed'; readonly refusal: Refusal }

/** What becomes a `BackupError` in the host process. */
export interface Refusal {
  readonly kind: ErrorKind
  readonly message: string
  readonly hint?: string
  readonly altered?: true
}

/** How a database is reached. */
export type Access = Pick<Settings, 'path' | 'driver' | 'busyTimeoutMs'>

export interface ScanRequest extends Access {
  readonly mode: Settings['mode']
  /** Private to this job: spool files, a copy, the state. */
  readonly folder: string
  /** File that holds the state of the last run. */
  readonly previous?: string
}

export interface ScanResult {
  /** File in the folder that holds the state for the next run. */
  readonly state: string
  readonly facts: Readonly<Record<string, string | number | boolean>>
  /** What is wrong with the database, for people. */
  readonly faults: readonly string[]
}

export interface DeliverRequest extends Access {
  /** The restored file, in the folder of `path`. */
  readonly restored: string
  readonly overwrite: boolean
  readonly check: NonNullable<Settings['check']>
}

export interface ReplaceRequest extends DeliverRequest {
  readonly safetyCopy: string
}

export interface Delivered {
  readonly requiresRestart: boolean
  readonly safetyCopy?: string
}

export type SettleRequest = Access

export type CheckRequest = Access

export interface QuickCheckRequest extends Access {
  /** Begins with the table after this one, by name. */
  readonly after: string
  /** These instead. */
  readonly only?: readonly string[]
}
