import type { BackupConfig } from '@backup/core'

/** How fast everything goes, in milliseconds. */
export interface Pace {
  /** FORMAT.md §21, so short that what was removed is really gone within the soak. */
  readonly bounds: Required<NonNullable<BackupConfig['collection']>>
  readonly backupMs: number
  readonly pruneMs: number
  readonly scrubMs: number
  /** Between two restores that are looked at. */
  readonly checkMs: number
  /** Between two flipped bits on the disk of the third provider. */
  readonly flipMs: number
  readonly keep: { readonly last: number; readonly sampleMs: number; readonly withinMs: number }
  /** The third provider is out of reach for `ms` at a time, with this probability, … */
  readonly outage: { readonly ms: number; readonly share: number }
  /** … and in each `everyMs` once for longer than removed packs are remembered. */
  readonly longOutage: { readonly ms: number; readonly everyMs: number }
}

/** For ten minutes or more. */
export const steady: Pace = {
  bounds: { listMs: 1_000, lateMs: 1_000, lifeMs: 20_000, graceMs: 5_000, windowMs: 60_000, undoMs: 5_000 },
  backupMs: 1_000,
  pruneMs: 4_000,
  scrubMs: 3_000,
  checkMs: 30_000,
  flipMs: 15_000,
  keep: { last: 30, sampleMs: 30_000, withinMs: 300_000 },
  outage: { ms: 10_000, share: 0.2 },
  longOutage: { ms: 90_000, everyMs: 270_000 },
}

/** For half a minute, on a machine that has other things to do. */
export const brisk: Pace = {
  bounds: { listMs: 500, lateMs: 500, lifeMs: 6_000, graceMs: 1_500, windowMs: 30_000, undoMs: 1_000 },
  backupMs: 700,
  pruneMs: 1_500,
  scrubMs: 2_000,
  checkMs: 5_000,
  flipMs: 4_000,
  keep: { last: 6, sampleMs: 8_000, withinMs: 60_000 },
  outage: { ms: 2_000, share: 0.25 },
  longOutage: { ms: 4_000, everyMs: 15_000 },
}
