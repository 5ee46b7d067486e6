import type { Block, BlockBases } from '../contract/lane.ts'
import { BackupError } from '../errors.ts'
import { applyDelta, deltaEncoder, maxDeltaUnit } from '../format/delta.ts'
import { roles } from '../format/descriptor.ts'
import { equalBytes } from '../format/text.ts'
import { idLength } from '../format/unit-id.ts'
import type { ScanContext } from './scan-context.ts'

export interface DeltaPrograms {
  /** For each changed unit, the length of its program, or 0. */
  readonly lengths: Uint32Array
  program(position: number): Uint8Array
  /** Why changed units could not be written to the file with the bases. */
  readonly updateFailed?: string
}

/**
 * Makes delta programs for units whose previous version is at hand. Where that comes from is only a cache, so each base
 * must have the id it should have; and each program is run once before it is trusted.
 */
export function findDeltas(
  context: ScanContext,
  block: Block,
  bases: BlockBases,
  changed: Uint32Array,
  ids: Uint8Array,
  unitAt: (position: number) => Uint8Array,
): DeltaPrograms {
  const encoder = deltaEncoder()
  const lengths = new Uint32Array(changed.length)
  const starts = new Uint32Array(changed.length)
  const rebuilt = new Uint8Array(maxDeltaUnit)
  const foundId = new Uint8Array(idLength)
  const readBase = baseReader(context, bases)
  let programs = new Uint8Array(1 << 16)
  let end = 0
  let updateFailed: string | undefined

  for (let position = 0; position < changed.length; position++) {
    const unit = unitAt(position)
    const ordinal = changed[position]!
    const wantedId = bases.ids.subarray(ordinal * idLength, (ordinal + 1) * idLength)
    const base = isDeltaCandidate(unit, wantedId, ids, position) ? readBase(bases.offsets[ordinal]!, unit.length) : undefined
    if (base) {
      context.namer.name(roles[block.role], base, foundId, 0)
      // A program of more than half its unit is not worth a second read at restore time.
      const limit = end + (unit.length >> 1)
      if (limit > programs.length) programs = grown(programs, limit)
      const programEnd = equalBytes(foundId, wantedId) ? encoder.encode(unit, base, programs, end, limit) : 0
      const proof = rebuilt.subarray(0, unit.length)
      if (programEnd > 0 && applyDelta(programs, end, base, proof) === programEnd && equalBytes(proof, unit)) {
        starts[position] = end
        lengths[position] = programEnd - end
        end = programEnd
      }
    }
    if (updateFailed === undefined) updateFailed = updateBase(context, bases, ordinal, unit)
  }
  return {
    lengths,
    program: (position) => programs.subarray(starts[position]!, starts[position]! + lengths[position]!),
    ...(updateFailed !== undefined && { updateFailed }),
  }
}

function isDeltaCandidate(unit: Uint8Array, baseId: Uint8Array, ids: Uint8Array, position: number): boolean {
  if (unit.length > maxDeltaUnit || baseId.every((byte) => byte === 0)) return false
  return !equalBytes(baseId, ids.subarray(position * idLength, (position + 1) * idLength))
}

/** @returns why it failed: a cache that cannot be written is no reason to store nothing */
function updateBase({ files }: ScanContext, { update, from, offsets }: BlockBases, ordinal: number, unit: Uint8Array): string | undefined {
  if (!update || from.kind !== 'file') return undefined
  try {
    files!.write(from.path, offsets[ordinal]!, unit)
    return undefined
  } catch (error) {
    if (!BackupError.is(error)) throw error
    return error.message
  }
}

function baseReader(context: ScanContext, { from }: BlockBases): (offset: number, length: number) => Uint8Array | undefined {
  if (from.kind === 'memory') {
    return (offset, length) => (offset + length <= from.bytes.length ? from.bytes.subarray(offset, offset + length) : undefined)
  }
  const buffer = new Uint8Array(maxDeltaUnit)
  return (offset, length) => {
    const base = buffer.subarray(0, length)
    try {
      context.files!.read(from.path, offset, base)
      return base
    } catch {
      // It is only a cache: shorter than the stream, gone, not readable, it makes no difference. The unit is stored as it is.
      return undefined
    }
  }
}

function grown(bytes: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(bytes.length * 2, needed))
  larger.set(bytes)
  return larger
}
