import type { Chunker } from '../chunk/gear.ts'
import type { UnitNamer } from '../format/unit-id.ts'
import type { Fingerprint, LaneTools } from './tools.ts'

/** What scanning works with: the lane's tools, and what it keeps between blocks. */
export interface ScanContext extends LaneTools {
  readonly namer: UnitNamer
  fingerprinter(): Fingerprint | undefined
  /** Chunkers of the streams that this lane cuts by content. */
  readonly chunkers: Map<number, Chunker>
  gearTable(): Uint32Array
  /** Buffers of released blocks, used again: allocating megabytes for each block costs more than reading them. */
  readonly spare: Uint8Array[]
}
