import type { Age, RetentionPlan } from '@backup/core'
import type { AsJson } from './as-json.ts'
import type { ConfirmJson } from './snapshots.ts'

/** A policy as plain data. What any of its rules keeps is kept. */
export interface RetentionRulesJson {
  readonly preset?: 'fifteenYears'
  /** The newest so many. */
  readonly last?: number
  /** Everything of the last time. */
  readonly within?: Age
  /** One of each period, so far back; `{}` for ever. */
  readonly hourly?: ReachJson
  readonly daily?: ReachJson
  readonly weekly?: ReachJson
  readonly monthly?: ReachJson
  readonly yearly?: ReachJson
}

/** One of these, or none: for ever. */
export interface ReachJson {
  /** The last so many periods that have a snapshot. */
  readonly count?: number
  readonly hours?: number
  readonly days?: number
  readonly weeks?: number
  readonly months?: number
  readonly years?: number
}

export interface RetentionPreviewBody {
  /** @default those of the configuration */
  readonly rules?: RetentionRulesJson
  /** Times to look at, ascending: ISO 8601, at most 120. @default now */
  readonly at?: readonly string[]
}

/** What would be left at each time if no more backups were made and everything were pruned in time. */
export interface RetentionPreviewJson {
  /** Titles of the policies. */
  readonly policies: readonly string[]
  readonly steps: readonly RetentionStepJson[]
  /** When each snapshot goes, of those that go: the first of the times at which it is dropped. */
  readonly ends: readonly { readonly id: string; readonly at: string; readonly reason: string }[]
}

export interface RetentionStepJson {
  readonly at: string
  readonly keep: RetentionPlanJson['keep']
  /** Of those that were left at the time before. */
  readonly drop: RetentionPlanJson['drop']
  readonly warnings: RetentionPlanJson['warnings']
}

export type RetentionPlanJson = AsJson<RetentionPlan>

/** A plan that can be applied as it is. */
export interface RetentionApplyPlanJson {
  readonly plan: RetentionPlanJson
  readonly undoMs: number
  readonly confirm: ConfirmJson
}
