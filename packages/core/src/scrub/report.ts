import type { Failure } from '../events.ts'
import type { VerifyProblem } from '../read/verification.ts'

/** What a scrub looked at, and what it found. Plain data. */
export interface ScrubReport {
  /** Nothing is damaged now, as far as is known. */
  readonly ok: boolean
  /** One entry for each provider. */
  readonly places: readonly ScrubbedPlace[]
  /** Packs of which every byte was opened, decoded and compared this time. */
  readonly openedPacks: number
  /** Copies that were damaged or lost, and are good again. */
  readonly healed: readonly { readonly location: string; readonly key: string }[]
  /** Copies that are damaged or lost, also those found earlier. `snapshots` is empty where another provider has a good one. */
  readonly damaged: readonly (VerifyProblem & { readonly location: string })[]
  readonly durationMs: number
}

export interface ScrubbedPlace {
  readonly location: string
  /** Small objects that were looked at; each time all of them. */
  readonly objects: number
  /** Packs that were looked at, and their size. */
  readonly packs: number
  readonly checkedBytes: number
  /** Bytes that had to be read for it. */
  readonly readBytes: number
  /** All packs that are there. */
  readonly totalBytes: number
  /** Share of `totalBytes` that has ever been looked at, 0 to 1. */
  readonly coverage: number
  /** When the pack was looked at for which that is longest ago; absent while there are some that nobody has looked at. */
  readonly oldest?: Date
  /** Why it was not looked at, or not to the end. */
  readonly problem?: Failure
}
