import type { Plugin } from './version.ts'

/**
 * Decides which snapshots are kept, and says why: a pure function of the snapshots and an explicit clock.
 *
 * A policy only names what it wants to keep. Policies combine by union, and the plan made from them adds what no
 * policy may drop: the newest, the newest verified, held ones. Run `retentionSuite` from `@backup/core/testing` against yours.
 */
export interface RetentionPolicy extends Plugin {
  /** For people: `daily for 30 days`. */
  readonly title: string
  /** Must not depend on the order of `snapshots`, nor on anything but its arguments. */
  keep(snapshots: readonly RetainedSnapshot[], clock: RetentionClock): KeepReason[]
}

/** What a policy may look at. */
export interface RetainedSnapshot {
  readonly id: string
  readonly time: Date
  /** `manual`, `scheduled`, `emergency` or `safety`. */
  readonly kind: string
  readonly tags: readonly string[]
  /** Under legal hold: never dropped. */
  readonly held?: boolean
  /** Providers on which no newer snapshot is complete: never dropped, so that each of them can restore one. */
  readonly lastOn?: readonly string[]
  /** A restore of it was checked and found good; when, or that. */
  readonly verified?: boolean | Date
  /** What it holds was found damaged, or is believed to be: it takes the place of no other. Why, or that. */
  readonly suspect?: boolean | readonly string[]
}

/** What counts as now, and the IANA zone whose calendar decides what a day is. */
export interface RetentionClock {
  readonly now: Date
  readonly zone: string
}

export interface KeepReason {
  readonly id: string
  /** For people: `weekly 2026-W47`. */
  readonly reason: string
}
