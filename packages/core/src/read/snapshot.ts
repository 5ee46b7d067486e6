import type { Commit, SnapshotKind } from '../format/commit.ts'
import type { ObjectName } from '../format/names.ts'

/** One snapshot, for people and programs. Plain data. */
export interface SnapshotInfo {
  /** SHA-256 of the commit object. Any unambiguous beginning of it will do where an id is asked for. */
  readonly id: ObjectName
  readonly time: Date
  /** IANA zone of the machine that made it. */
  readonly zone: string
  readonly durationMs: number
  readonly kind: SnapshotKind
  readonly tags: readonly string[]
  readonly note: string | null
  readonly source: { readonly name: string; readonly label: string }
  readonly streams: readonly { readonly name: string; readonly sizeBytes: number }[]
  /** All bytes a restore would bring back. */
  readonly sizeBytes: number
  /** Bytes that had not been stored before. */
  readonly freshBytes: number
  /** What this snapshot added to the repository, compressed and encrypted. */
  readonly storedBytes: number
  /** Facts by which the source vouches for its consistency. */
  readonly proof: Commit['proof']
  /** Why it is believed to hold damaged data, in words for people; absent when there is no reason to. */
  readonly suspect?: readonly string[]
}

export function snapshotInfo(id: ObjectName, commit: Commit): SnapshotInfo {
  const { time, zone, durationMs, kind, tags, note, source, counts, proof } = commit
  const suspect = suspicionsOf(proof)
  return {
    id,
    time,
    zone,
    durationMs,
    kind,
    tags,
    note,
    source,
    streams: commit.streams.map(({ name, size }) => ({ name, sizeBytes: size })),
    sizeBytes: counts.bytes,
    freshBytes: counts.freshBytes,
    storedBytes: counts.storedBytes,
    proof,
    ...(suspect && { suspect }),
  }
}

/** What the source itself found wrong with the data while it read it. */
export function suspicionsOf({ suspect }: Commit['proof']): readonly string[] | undefined {
  if (typeof suspect !== 'string' || suspect === '') return undefined
  return suspect.split('\n')
}
