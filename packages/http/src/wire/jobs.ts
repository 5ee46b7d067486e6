import type {
  CollectionReport,
  DrillReport,
  ItemsDone,
  Operation,
  Phase,
  PruneReport,
  RetentionReport,
  ScrubReport,
  SnapshotInfo,
  SnapshotKind,
  VerifyDepth,
  VerifyReport,
} from '@backup/core'
import type { AsJson } from './as-json.ts'
import type { RestoreResultJson } from './restores.ts'
import type { SnapshotJson } from './snapshots.ts'
import type { RowRestoreJson } from './travel.ts'

/**
 * Something that takes a while: started here, by the schedule or by the program itself. It goes on when the connection is lost, and is
 * found again by its id: the last fifty of each operation are kept, for a week at most, as long as the program runs.
 */
export interface JobJson {
  /** That of its run. */
  readonly id: string
  readonly operation: Operation
  readonly state: JobState
  readonly startedAt: string
  /** Who started it, where it was started here. */
  readonly actor?: string
  readonly reason?: string
  /** Of a restore that brings back a part of a snapshot, which: `rows of "products"`. */
  readonly part?: string
  /** What it is busy with; absent while it waits for its turn. In a restore, `read`, `store` and `commit` are of its safety snapshot. */
  readonly phase?: Phase
  readonly progress?: JobProgressJson
  /** The last fifty. */
  readonly warnings: readonly { readonly message: string; readonly hint: string }[]
  /** Calls to providers that had to be repeated. */
  readonly retries: number
  readonly endedAt?: string
  readonly durationMs?: number
  /** Of `failed` and `cancelled`. */
  readonly error?: JobErrorJson
  /** The snapshot made or restored. */
  readonly snapshot?: JobSnapshotJson
  /** Of `done`, where it was started here. */
  readonly result?: JobResultJson
}

/** As it was at that moment. */
export interface JobSnapshotJson extends AsJson<SnapshotInfo> {
  /** Of one that was made. */
  readonly state?: SnapshotJson['state']
  readonly copies?: SnapshotJson['copies']
}

export type JobState = 'running' | 'done' | 'failed' | 'cancelled'

export interface JobProgressJson {
  readonly doneBytes: number
  /** Absent as long as nobody knows. */
  readonly totalBytes?: number
  /** Bytes that had to be stored or fetched so far. */
  readonly movedBytes: number
  readonly bytesPerSecond: number
  readonly leftMs?: number
  /** What people count, where the source counts it. */
  readonly items?: ItemsDone
}

export interface JobErrorJson {
  readonly kind: string
  readonly message: string
  readonly hint: string
  /** What was to be changed is not as it was before, or nobody can tell; the hint says how to get back. */
  readonly altered?: true
}

/** By operation; snapshots are in {@link JobJson.snapshot}. */
export type JobResultJson =
  | { readonly of: 'restore'; readonly restore: RestoreResultJson }
  | { readonly of: 'rows'; readonly rows: RowRestoreJson }
  | { readonly of: 'verify'; readonly verify: AsJson<Omit<VerifyReport, 'restore'>> }
  | { readonly of: 'scrub'; readonly scrub: AsJson<ScrubReport> }
  | { readonly of: 'drill'; readonly drill: AsJson<DrillReport> }
  | { readonly of: 'retain'; readonly retain: AsJson<RetentionReport> }
  | { readonly of: 'prune'; readonly prune: AsJson<PruneReport> }
  | { readonly of: 'collect'; readonly collect: AsJson<CollectionReport> }

/** The newest first. */
export interface JobListJson {
  readonly jobs: readonly JobJson[]
}

export interface JobListQuery {
  readonly state?: JobState
  readonly operation?: Operation
  /** From 1 to 200. @default 50 */
  readonly limit?: number
}

export interface BackupBody {
  /** @default 'manual' */
  readonly kind?: SnapshotKind
  readonly tags?: readonly string[]
  readonly note?: string
}

export interface VerifyBody {
  /** @default 'structure' */
  readonly depth?: VerifyDepth
}

export interface ScrubBody {
  readonly budgetBytes?: number
}

export interface DrillBody {
  /** `latest`, `random`, or the beginning of an id. @default 'latest' */
  readonly snapshot?: string
  readonly reason?: string
}

export interface DrillListJson {
  /** Newest first. */
  readonly drills: readonly AsJson<DrillReport>[]
}

export interface DrillListQuery {
  /** From 1 to 1,000. @default 100 */
  readonly limit?: number
}

export type DrillReportJson = AsJson<DrillReport>
