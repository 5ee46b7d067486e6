import type { Block, ScannedBlock, SegmentKind } from '../contract/lane.ts'
import { free } from '../codec/free.ts'
import { roles } from '../format/descriptor.ts'
import { idLength } from '../format/unit-id.ts'
import { findDeltas } from './find-deltas.ts'
import { isGiven, readBlock } from './read-block.ts'
import type { ScanContext } from './scan-context.ts'

/** A block that was looked at, with the bytes of its changed units at hand. */
export interface HeldBlock {
  readonly result: ScannedBlock
  /** What goes into a segment for the units at these positions of `changed`, in as few stretches as possible. */
  stored(segment: SegmentKind, positions: Uint32Array): Iterable<Uint8Array>
  readonly buffer: ArrayBufferLike
  release(): void
}

/** Reads a block, finds what changed, names it, and tries deltas. */
export function scanBlock(context: ScanContext, block: Block): HeldBlock {
  const { bytes, lengths, changed, hashes } = readBlock(context, block)
  const starts = startsOf(lengths)

  const unitAt = (position: number): Uint8Array => {
    const ordinal = changed[position]!
    return bytes.subarray(starts[ordinal]!, starts[ordinal]! + lengths[ordinal]!)
  }
  const ids = new Uint8Array(changed.length * idLength)
  for (let position = 0; position < changed.length; position++) {
    context.namer.name(roles[block.role], unitAt(position), ids, position * idLength)
  }
  const programs = block.bases ? findDeltas(context, block, block.bases, changed, ids, unitAt) : undefined

  return {
    result: {
      units: lengths.length,
      changed,
      ids,
      lengths: changed.map((ordinal) => lengths[ordinal]!),
      ...(hashes && block.remember && { hashes }),
      ...(programs && { deltas: programs.lengths }),
      ...(programs?.updateFailed !== undefined && { updateFailed: programs.updateFailed }),
    },
    buffer: bytes.buffer,
    *stored(segment, positions) {
      if (segment.endsWith('-delta')) for (const position of positions) yield programs!.program(position)
      else yield* stretches(bytes, positions, changed, starts, lengths)
    },
    release() {
      if (block.bytes.kind === 'file' && bytes.length > 0) context.spare.push(bytes)
      if (isGiven(block)) free(bytes)
    },
  }
}

/** Neighbours in the block are taken together. */
function* stretches(
  bytes: Uint8Array,
  positions: Uint32Array,
  changed: Uint32Array,
  starts: Uint32Array,
  lengths: Uint32Array,
): Generator<Uint8Array> {
  for (let from = 0; from < positions.length; ) {
    const first = changed[positions[from]!]!
    let last = first
    while (++from < positions.length && changed[positions[from]!] === last + 1) last++
    yield bytes.subarray(starts[first]!, starts[last]! + lengths[last]!)
  }
}

function startsOf(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length)
  for (let unit = 1; unit < starts.length; unit++) starts[unit] = starts[unit - 1]! + lengths[unit - 1]!
  return starts
}
