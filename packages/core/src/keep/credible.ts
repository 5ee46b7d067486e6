import type { RetainedSnapshot } from '../contract/retention.ts'

/** Snapshots by whether their dates can be judged by. */
export interface ByCredibility {
  readonly credible: readonly RetainedSnapshot[]
  /** Dated after now: a clock was wrong then, or is now. */
  readonly future: readonly RetainedSnapshot[]
  /** Without a valid date, or dated before {@link earliest}. */
  readonly undated: readonly RetainedSnapshot[]
}

/**
 * Clocks that have lost their battery begin at 1970, 1980 or 2000. A snapshot dated so was made much later
 * than it says, so nothing may be concluded from its age.
 */
export const earliest: Date = new Date('2001-01-01T00:00:00Z')

/**
 * Sets aside what no policy should judge: what claims a time that it cannot have. It is kept, but it takes
 * nobody's place, so that neither a wrong clock nor somebody who adds snapshots of the future can push out
 * the honest ones.
 */
export function byCredibility(snapshots: readonly RetainedSnapshot[], now: Date): ByCredibility {
  const groups: Record<keyof ByCredibility, RetainedSnapshot[]> = { credible: [], future: [], undated: [] }
  for (const snapshot of snapshots) groups[groupOf(snapshot.time, now)].push(snapshot)
  return groups
}

function groupOf(time: Date, now: Date): keyof ByCredibility {
  if (!(time >= earliest)) return 'undated'
  return time > now ? 'future' : 'credible'
}
