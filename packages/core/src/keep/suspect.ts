import type { RetainedSnapshot } from '../contract/retention.ts'

export interface BySuspicion {
  readonly sound: readonly RetainedSnapshot[]
  /** Suspect, and newer than every sound one. While there are any, good history is all there is to go back to. */
  readonly doubtful: readonly RetainedSnapshot[]
}

/** @param snapshots newest first */
export function bySuspicion(snapshots: readonly RetainedSnapshot[]): BySuspicion {
  const firstSound = snapshots.findIndex(isSound)
  return {
    sound: snapshots.filter(isSound),
    doubtful: firstSound < 0 ? snapshots : snapshots.slice(0, firstSound),
  }
}

function isSound({ suspect = false }: RetainedSnapshot): boolean {
  return typeof suspect === 'boolean' ? !suspect : suspect.length === 0
}
