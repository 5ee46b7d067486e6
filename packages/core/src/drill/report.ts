import type { SnapshotCheck } from '../format/check.ts'
import type { ObjectName } from '../format/names.ts'

/**
 * What a recovery drill did and found: evidence that a restore works, and how long it takes. Plain data, the same as JSON; it can be
 * handed to somebody who has no access to the backups. {@link Backup.verifyEvidence} tells later whether it was changed.
 */
export interface DrillReport {
  readonly version: 1
  readonly kind: 'drill'
  /** Id of the repository in hex. */
  readonly repository: string
  /** When it began, by the clock of the machine: ISO 8601 in UTC. */
  readonly time: string
  readonly snapshot: {
    readonly id: ObjectName
    readonly time: string
    readonly sizeBytes: number
    readonly source: { readonly name: string; readonly label: string }
  }
  /** It came back whole, and its source found nothing wrong with it. */
  readonly ok: boolean
  readonly outcome: SnapshotCheck['outcome']
  /** In words for people; empty when all is well. */
  readonly findings: readonly string[]
  /** Whether the source looked at what came back, beyond that every byte is what was stored. */
  readonly examined: boolean
  /** What the source counted: rows of each table, files. */
  readonly counts?: Readonly<Record<string, number>>
  /** Where the objects came from. */
  readonly from: string
  /** Bytes that came back, and bytes read from the provider for it. */
  readonly restoredBytes: number
  readonly fetchedBytes: number
  /** From the beginning to the first restored byte. */
  readonly firstByteMs: number
  /** From the beginning until all data was in its place: the recovery time (RTO) for this snapshot. */
  readonly rtoMs: number
  /** How long the source looked at it afterwards. */
  readonly checkMs: number
  readonly bytesPerSecond: number
  /** What a restore of the newest snapshot would take at this speed. */
  readonly predictedRtoMs: number
  /** What became of the restored data, which is not encrypted. `left` needs somebody to remove it. */
  readonly scratch: 'removed' | 'kept' | 'left' | 'none'
  readonly software: string
  /** Machine that did it, in the words of the application. */
  readonly host?: string
  readonly actor: string
  readonly reason: string
  /** Epoch of the keys that `mac` was made with. */
  readonly epoch: number
  /** HMAC-SHA-256 over the rest, in hex: see {@link Backup.verifyEvidence}. */
  readonly mac: string
}

/** Everything but what vouches for it. */
export type DrillFacts = Omit<DrillReport, 'epoch' | 'mac'>
