import type { RetainedSnapshot } from '../contract/retention.ts'

/**
 * Newest first. Of two with the same time, the one whose id sorts last counts as the newer: the same
 * everywhere. Those without a valid date come last.
 */
export function newestFirst(snapshots: readonly RetainedSnapshot[]): RetainedSnapshot[] {
  return snapshots.toSorted((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? 1 : -1))
}

function timeOf({ time }: RetainedSnapshot): number {
  const timeMs = time.getTime()
  return Number.isNaN(timeMs) ? -Infinity : timeMs
}
