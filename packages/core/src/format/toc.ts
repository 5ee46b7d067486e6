import { BackupError } from '../errors.ts'
import { maxChain, maxDeltaUnit } from './delta.ts'
import {
  type Descriptor,
  decodeDescriptor,
  descriptorLength,
  encodeDescriptor,
  maxPlainLength,
  roles,
} from './descriptor.ts'
import { headerLength } from './header.ts'
import { viewOf } from './text.ts'
import { idLength } from './unit-id.ts'

/** One segment of a pack: what it is, where it is, and the units in it. FORMAT.md §8. */
export interface SegmentEntry {
  readonly descriptor: Descriptor
  /** Where the segment begins in the pack. */
  readonly offset: number
  readonly units: number
  /** Length of each unit; one number when all have the same. */
  readonly lengths: number | Uint32Array
  /** 16 bytes for each unit. */
  readonly ids: Uint8Array
  /** With deltas: 16 bytes for each unit, zero for none, and the lengths of the chains. */
  readonly bases?: Uint8Array
  readonly chains?: Uint8Array
}

const tocVersion = 1
const tocHeader = 8
const fixedPart = descriptorLength + 8
/** One step without literals. */
const shortestProgram = 6

export function encodeToc(segments: readonly SegmentEntry[]): Uint8Array {
  const bytes = new Uint8Array(segments.reduce((sum, segment) => sum + entryLength(segment), tocHeader))
  const view = viewOf(bytes)
  bytes[0] = tocVersion
  view.setUint32(4, segments.length, true)
  let at = tocHeader
  for (const segment of segments) {
    bytes.set(encodeDescriptor(segment.descriptor), at)
    view.setUint32(at + 16, segment.offset, true)
    view.setUint32(at + 20, segment.units, true)
    at += fixedPart
    const lengths = typeof segment.lengths === 'number' ? [segment.lengths] : segment.lengths
    for (const length of lengths) {
      view.setUint32(at, length, true)
      at += 4
    }
    for (const part of [segment.ids, segment.bases, segment.chains]) {
      if (!part) continue
      bytes.set(part, at)
      at += part.length
    }
  }
  return bytes
}

/**
 * @param tailStart where the pack's tail begins: no segment reaches beyond.
 * @throws `corrupt` when anything does not add up; `unsupported` for a newer version.
 */
export function decodeToc(bytes: Uint8Array, tailStart: number): SegmentEntry[] {
  if (bytes.length < tocHeader) throw corrupt('it is cut short')
  if (bytes[0] !== tocVersion) {
    throw new BackupError('unsupported', `A table of contents has version ${bytes[0]}, which this version does not know.`)
  }
  if (bytes[1] !== 0 || bytes[2] !== 0 || bytes[3] !== 0) throw corrupt('reserved bytes are not zero')
  const count = viewOf(bytes).getUint32(4, true)
  const segments: SegmentEntry[] = []
  let at = tocHeader
  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) throw corrupt('it is cut short')
    const part = bytes.slice(at, at + length)
    at += length
    return part
  }
  for (let segment = 0; segment < count; segment++) {
    const fixed = take(fixedPart)
    const descriptor = decodeDescriptor(fixed.subarray(0, descriptorLength))
    const offset = viewOf(fixed).getUint32(16, true)
    const units = viewOf(fixed).getUint32(20, true)
    const { role, storedLength } = descriptor
    if (role !== roles.data && role !== roles.list) throw corrupt(`a segment has role ${role}`)
    const lies = offset >= headerLength && offset + storedLength <= tailStart
    if (!lies) throw corrupt('a segment lies outside of its place')
    if (units < 1 || units > descriptor.plainLength) throw corrupt(`a segment has ${units} units`)
    const lengths = readLengths(take(descriptor.uniform ? 4 : units * 4), descriptor)
    const ids = take(units * idLength)
    const deltas = descriptor.deltas ? { bases: take(units * idLength), chains: take(units) } : undefined
    const entry = { descriptor, offset, units, lengths, ids, ...deltas }
    checkPlain(entry)
    segments.push(entry)
  }
  if (at !== bytes.length) throw corrupt('bytes are left over')
  checkApart(segments)
  return segments
}

/** Length of the unit with this ordinal in its segment. */
export function unitLength(segment: SegmentEntry, ordinal: number): number {
  return typeof segment.lengths === 'number' ? segment.lengths : segment.lengths[ordinal]!
}

function readLengths(bytes: Uint8Array, { uniform }: Descriptor): number | Uint32Array {
  const view = viewOf(bytes)
  const lengths = Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4, true))
  if (lengths.some((length) => length < 1 || length > maxPlainLength)) throw corrupt('a unit has an impossible length')
  return uniform ? lengths[0]! : lengths
}

/** What the units take up in the segment's plain bytes. How long a program is, only its own bytes tell. */
function checkPlain(entry: SegmentEntry): void {
  const { plainLength } = entry.descriptor
  let whole = 0
  let programs = 0
  for (let unit = 0; unit < entry.units; unit++) {
    const length = unitLength(entry, unit)
    if (!isDelta(entry, unit)) whole += length
    else if (length <= maxDeltaUnit) programs++
    else throw corrupt(`a delta makes a unit of ${length} bytes`)
  }
  const least = whole + programs * shortestProgram
  if (programs === 0 ? whole === plainLength : least <= plainLength) return
  throw corrupt('unit lengths do not add up to the segment')
}

/** A unit has a base if and only if it has a chain. */
function isDelta({ bases, chains }: SegmentEntry, unit: number): boolean {
  if (!bases || !chains) return false
  const chain = chains[unit]!
  if (chain > maxChain) throw corrupt(`a unit is at the end of ${chain} deltas`)
  let base = 0
  for (let at = unit * idLength; at < (unit + 1) * idLength; at++) base |= bases[at]!
  if ((base === 0) !== (chain === 0)) throw corrupt('a base and the length of its chain disagree')
  return chain > 0
}

/** Segments of one object share neither bytes nor nonces. */
function checkApart(segments: readonly SegmentEntry[]): void {
  const ordinals = new Set(segments.map(({ descriptor }) => descriptor.ordinal))
  if (ordinals.size !== segments.length) throw corrupt('an ordinal occurs twice')
  let end = 0
  for (const { offset, descriptor } of segments.toSorted((a, b) => a.offset - b.offset)) {
    if (offset < end) throw corrupt('segments overlap')
    end = offset + descriptor.storedLength
  }
}

function entryLength(segment: SegmentEntry): number {
  const lengths = typeof segment.lengths === 'number' ? 1 : segment.lengths.length
  return fixedPart + lengths * 4 + segment.ids.length + (segment.bases?.length ?? 0) + (segment.chains?.length ?? 0)
}

function corrupt(why: string): BackupError {
  return new BackupError('corrupt', `A table of contents is damaged: ${why}.`)
}
