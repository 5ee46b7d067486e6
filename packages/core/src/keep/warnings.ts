import type { RetainedSnapshot, RetentionPolicy } from '../contract/retention.ts'
import { type ByCredibility, earliest } from './credible.ts'

/** What somebody should look at before a plan is carried out. */
export interface RetentionWarning {
  /**
   * - `clock`: every snapshot with a credible date is dated after now, so the clock is wrong; all are kept.
   * - `future`: some are dated after now.
   * - `undated`: some have no date, or one that only a reset clock gives.
   * - `suspect`: the newest are believed to hold damaged data; nothing sound is dropped until a sound one follows.
   * - `idle`: a policy keeps nothing at present; perhaps a tag is misspelt.
   */
  readonly kind: 'clock' | 'future' | 'undated' | 'suspect' | 'idle'
  readonly message: string
  /** The snapshots concerned; empty for `idle`. */
  readonly ids: readonly string[]
}

export function dateWarnings({ credible, future, undated }: ByCredibility, now: Date): RetentionWarning[] {
  const warnings: RetentionWarning[] = []
  if (future.length > 0 && credible.length === 0) {
    const message =
      `The clock says ${now.toISOString()}, which is before every snapshot with a credible date. ` +
      'All are kept. Set the clock and plan again.'
    warnings.push({ kind: 'clock', message, ids: idsOf(future) })
  } else if (future.length > 0) {
    const message =
      `${some(future)} dated after now (${now.toISOString()}): kept, but never as the newest, and no ` +
      'policy counts them. Check the clocks of this machine and of the one that made them.'
    warnings.push({ kind: 'future', message, ids: idsOf(future) })
  }
  if (undated.length > 0) {
    const message =
      `${some(undated)} without a date or dated before ${earliest.getUTCFullYear()}, as by a reset clock: ` +
      'kept, but never as the newest, and no policy counts them, for their age is unknown.'
    warnings.push({ kind: 'undated', message, ids: idsOf(undated) })
  }
  return warnings
}

/** @param doubtful suspect ones that are newer than every one of `sound`; newest first, both of them */
export function suspectWarning(doubtful: readonly RetainedSnapshot[], sound: readonly RetainedSnapshot[]): RetentionWarning[] {
  if (doubtful.length === 0) return []
  const [good] = sound
  const message =
    `The newest ${doubtful.length === 1 ? 'snapshot is' : `${doubtful.length} snapshots are`} suspect: the data was probably damaged before. ` +
    `Nothing sound is dropped until a sound one follows. ${good ? `The newest sound one is ${good.id} of ${good.time.toISOString()}.` : 'There is no sound one.'}`
  return [{ kind: 'suspect', message, ids: idsOf(doubtful) }]
}

export function idleWarning({ title }: RetentionPolicy): RetentionWarning {
  const message = `The policy "${title}" keeps nothing at present. If it should, check its filter and age.`
  return { kind: 'idle', message, ids: [] }
}

function some(snapshots: readonly RetainedSnapshot[]): string {
  return snapshots.length === 1 ? '1 snapshot is' : `${snapshots.length} snapshots are`
}

function idsOf(snapshots: readonly RetainedSnapshot[]): string[] {
  return snapshots.map(({ id }) => id)
}
