import type { Block, ScannedBlock, SegmentKind } from '../contract/lane.ts'
import { BackupError } from '../errors.ts'
import { gearChunker } from '../chunk/gear.ts'
import { roles } from '../format/descriptor.ts'
import { idLength } from '../format/unit-id.ts'
import { findDeltas } from './find-deltas.ts'
import type { ScanContext } from './scan-context.ts'

/** A block that was looked at, with the bytes of its changed units at hand. */
export interface HeldBlock {
  readonly result: ScannedBlock
  /** What goes into a segment for the units at these positions of `changed`, in as few stretches as possible. */
  stored(segment: SegmentKind, positions: Uint32Array): Iterable<Uint8Array>
  readonly buffer: ArrayBufferLike
  release(): void
}

const fingerprintLength = 16

/** Reads a block, finds what changed, names it, and tries deltas. */
export function scanBlock(context: ScanContext, block: Block): HeldBlock {
  let bytes = readBlock(context, block)
  let lengths: Uint32Array
  if (block.cut.kind === 'gear') {
    const cut = cutByContent(context, block.cut, bytes)
    bytes = cut.bytes
    lengths = cut.lengths
  } else {
    lengths = block.cut.kind === 'pages' ? pageLengths(bytes.length, block.cut.unitLength) : block.cut.lengths
  }
  const starts = startsOf(lengths)
  const units = lengths.length
  const hashes = block.remember || block.known ? fingerprints(context, block, bytes, units) : undefined
  const changed = hashes && block.known ? differing(hashes, block.known, units) : Uint32Array.from({ length: units }, (_, at) => at)

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
      units,
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
      if (block.bytes.kind === 'file') context.spare.push(bytes)
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

function readBlock({ files, spare }: ScanContext, block: Block): Uint8Array {
  if (block.bytes.kind === 'memory') return block.bytes.bytes
  const { path, offset, length } = block.bytes
  if (!files) throw new BackupError('unsupported', 'This runtime has no files to read blocks from.', { key: path })
  const at = spare.findIndex((candidate) => candidate.buffer.byteLength >= length)
  const buffer = at >= 0 ? spare.splice(at, 1)[0]!.buffer : new ArrayBuffer(length)
  const bytes = new Uint8Array(buffer, 0, length)
  files.read(path, offset, bytes)
  return bytes
}

function pageLengths(length: number, unitLength: number): Uint32Array {
  const lengths = new Uint32Array(Math.ceil(length / unitLength)).fill(unitLength)
  const rest = length % unitLength
  if (rest > 0) lengths[lengths.length - 1] = rest
  return lengths
}

function startsOf(lengths: Uint32Array): Uint32Array {
  const starts = new Uint32Array(lengths.length)
  for (let unit = 1; unit < starts.length; unit++) starts[unit] = starts[unit - 1]! + lengths[unit - 1]!
  return starts
}

function cutByContent(
  context: ScanContext,
  cut: Extract<Block['cut'], { kind: 'gear' }>,
  bytes: Uint8Array,
): { bytes: Uint8Array; lengths: Uint32Array } {
  let chunker = context.chunkers.get(cut.stream)
  if (!chunker) context.chunkers.set(cut.stream, (chunker = gearChunker(context.gearTable, cut.limits)))
  if (cut.last) context.chunkers.delete(cut.stream)
  return chunker.push(bytes, cut.last)
}

function fingerprints(context: ScanContext, block: Block, bytes: Uint8Array, units: number): Uint8Array | undefined {
  if (!context.fingerprinter || block.cut.kind !== 'pages') return undefined
  const hashes = new Uint8Array(units * fingerprintLength)
  context.fingerprinter.pages(bytes, block.cut.unitLength, hashes, 0)
  return hashes
}

function differing(hashes: Uint8Array, known: Uint8Array, units: number): Uint32Array {
  const found = new Uint32Array(units)
  const a = new BigUint64Array(hashes.buffer, hashes.byteOffset, units * 2)
  // The known part may lie anywhere in its buffer; 64-bit views need alignment.
  const aligned = known.byteOffset % 8 === 0 ? known : known.slice()
  const b = new BigUint64Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 8))
  let count = 0
  for (let unit = 0; unit < units; unit++) {
    const at = unit * 2
    if (at + 1 < b.length && a[at] === b[at] && a[at + 1] === b[at + 1]) continue
    found[count++] = unit
  }
  return found.slice(0, count)
}
