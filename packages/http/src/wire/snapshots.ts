import type { Hold, SnapshotDifference, SnapshotEntry, SnapshotInfo, StoredSnapshot, TrashedSnapshot } from '@backup/core'
import type { AsJson } from './as-json.ts'

export type SnapshotInfoJson = AsJson<SnapshotInfo>

export interface SnapshotJson extends AsJson<StoredSnapshot> {
  /** Why retention keeps it, or that it goes with the next `prune`. Absent without policies. */
  readonly retention?: SnapshotRetentionJson
  /** Ids of the holds that it is under. */
  readonly holds: readonly string[]
}

export type SnapshotRetentionJson =
  | { readonly keep: true; readonly reasons: readonly string[] }
  | { readonly keep: false; readonly reason: string }

/** Newest first. */
export interface SnapshotPageJson {
  readonly snapshots: readonly SnapshotJson[]
  /** All that fit the query, on all pages. */
  readonly total: number
  /** Asks for the next page, as `before`; absent when there is none. */
  readonly next?: string
}

export interface SnapshotListQuery {
  /** From 1 to 1,000. @default 100 */
  readonly limit?: number
  /** `next` of the page before. */
  readonly before?: string
  readonly kind?: SnapshotInfoJson['kind']
  /** Of this time and later: ISO 8601. */
  readonly from?: string
  /** Before this time: ISO 8601. */
  readonly to?: string
}

export type EntryJson = AsJson<SnapshotEntry>

export interface EntryPageJson {
  readonly entries: readonly EntryJson[]
  /** There is more than `limit`. */
  readonly truncated: boolean
}

export interface EntryQuery {
  /** Only what lies directly in it; `.` is the top. @default '.' */
  readonly folder?: string
  /** From 1 to 10,000. @default 1,000 */
  readonly limit?: number
}

/** One of the two. */
export interface ContentQuery {
  /** Of a file in the snapshot. */
  readonly path?: string
  /** Name of a stream, as `streams` of the snapshot has it. */
  readonly stream?: string
}

export interface DiffQuery {
  readonly from: string
  readonly to: string
}

export type DifferenceJson = AsJson<SnapshotDifference>

export type HoldJson = AsJson<Hold>

export interface HoldListJson {
  readonly holds: readonly HoldJson[]
}

export interface HoldBody extends ReasonBody {
  readonly snapshots: readonly string[]
  /** The hold ends by itself then: ISO 8601. */
  readonly until?: string
}

export type TrashedSnapshotJson = AsJson<TrashedSnapshot>

/** Oldest first. */
export interface TrashJson {
  readonly snapshots: readonly TrashedSnapshotJson[]
}

export interface RemovalPlanBody {
  /** Ids, or beginnings of them. */
  readonly snapshots: readonly string[]
}

/** What a removal would do. */
export interface RemovalPlanJson {
  readonly snapshots: readonly SnapshotJson[]
  /** Can be brought back for so long. */
  readonly undoMs: number
  /** What somebody should know first. */
  readonly warnings: readonly string[]
  readonly confirm: ConfirmJson
}

export interface RemovalJson {
  readonly snapshots: readonly string[]
  /** They can be brought back before this. */
  readonly until: string
}

export interface UndeleteBody extends ReasonBody {
  readonly snapshots: readonly string[]
}

export interface UndeleteJson {
  readonly snapshots: readonly string[]
}

export interface ReasonBody {
  /** Why, in a sentence, for whoever reads the audit trail in ten years. */
  readonly reason: string
}

/** What was planned may be done with this, once, by the same actor, until it expires. */
export interface ConfirmJson {
  readonly token: string
  readonly expiresAt: string
}

export interface ConfirmedBody extends ReasonBody {
  /** `confirm.token` of the plan. */
  readonly token: string
}
