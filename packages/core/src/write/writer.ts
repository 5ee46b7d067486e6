import type { Lane } from '../contract/lane.ts'
import type { Repository } from '../repository/repository.ts'
import type { RunContext } from '../track/run.ts'
import type { Gather } from './gather.ts'

/** What the parts of the write path share during one run. */
export interface Writer {
  readonly repository: Repository
  readonly context: RunContext
  readonly lanes: readonly Lane[]
  readonly gather: Gather
  readonly blockBytes: number
  /** Keep local copies of pages and store changes as differences to them. */
  readonly deltas: boolean
  /** Takes note of units that the snapshot refers to, 16 bytes each. */
  refersTo(ids: Uint8Array): void
  /** Numbers for blocks and streams, unique within the run. */
  nextNumber(): number
}

/** One stream, written: what the commit says about it, and what local state remembers. */
export interface WrittenIds {
  /** Ids of all units in order, 16 bytes each. */
  readonly ids: Uint8Array
  /** Lengths of the units; absent when pages tell them. */
  readonly lengths?: Uint32Array
}
