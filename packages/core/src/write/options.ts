import type { CodecChoice } from '../contract/lane.ts'
import type { BackupSource } from '../contract/source.ts'
import type { Bounds } from '../session/bounds.ts'
import type { SnapshotKind } from '../format/commit.ts'

/** What is decided before a backup starts. */
export interface BackupOptions {
  readonly source: BackupSource
  readonly kind: SnapshotKind
  readonly tags: readonly string[]
  readonly note: string | null
  readonly codec: CodecChoice
  readonly workers: number
  readonly deltas: boolean
  readonly zone: string
  readonly clock: () => Date
  readonly bounds: Bounds
}
