import type { RestorePlan, RestoreReport } from '@backup/core'
import type { AsJson } from './as-json.ts'
import type { ConfirmJson, ConfirmedBody } from './snapshots.ts'

export interface RestorePlanBody {
  /** `latest`, or the beginning of an id. */
  readonly snapshot: string
  /** Where to, in the source's terms: taken only where the handler's option `places` allows it. @default over the live data */
  readonly to?: string | Readonly<Record<string, string>>
  /** Which of what is in the snapshot, for a source that can do that. @default everything */
  readonly only?: readonly string[]
  /** Let the source examine the result. @default false */
  readonly check?: boolean
  /**
   * Take a snapshot first of what is there now, so that the restore can be undone; only over the live data.
   *
   * @default true over the live data
   */
  readonly safety?: boolean
}

/** What a restore would do. Touches nothing. */
export interface RestorePlanJson {
  readonly plan: AsJson<RestorePlan>
  /** A snapshot of what is there now is taken first. */
  readonly safety: boolean
  readonly check: boolean
  /** It is believed to be damaged and would go over the live data: `acceptSuspect` has to be set. */
  readonly needsAcceptSuspect: boolean
  /** What somebody should know first. */
  readonly warnings: readonly string[]
  readonly confirm: ConfirmJson
}

export interface RestoreBody extends ConfirmedBody {
  /** Over the live data although it is believed to be damaged; goes into the audit trail. @default false */
  readonly acceptSuspect?: boolean
}

export interface RestoreResultJson extends AsJson<Omit<RestoreReport, 'parts' | 'safetySnapshot'>> {
  readonly parts?: Readonly<Record<string, RestoredPlaceJson>>
  /** Restoring this brings back what was there before. */
  readonly undo?: { readonly snapshot: string }
}

export interface RestoredPlaceJson {
  readonly place: string
  /** The application has to reopen what it holds before it sees the restored data. */
  readonly requiresRestart: boolean
  /** What was there before, kept for the way back. */
  readonly safetyCopy?: string
  readonly parts?: Readonly<Record<string, RestoredPlaceJson>>
}
