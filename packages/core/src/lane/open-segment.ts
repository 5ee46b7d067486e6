import type { OpenRequest, OpenedSegment, Placements, UnitCheck } from '../contract/lane.ts'
import { BackupError } from '../errors.ts'
import { applyDelta } from '../format/delta.ts'
import { type SegmentRole, decodeDescriptor, roles } from '../format/descriptor.ts'
import { segmentNonce } from '../format/header.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import { type UnitNamer, idLength } from '../format/unit-id.ts'
import { free } from '../codec/free.ts'
import type { LaneFiles, LaneTools } from './tools.ts'
import { decode } from './decode.ts'

/** Decrypts, decodes, and puts units where they belong. */
export async function openSegment(tools: LaneTools, namer: UnitNamer, request: OpenRequest): Promise<OpenedSegment> {
  const { placements, check } = request
  const descriptor = decodeDescriptor(request.descriptor)
  const aead = tools.crypto.aead(request.suite, request.objectKey)
  const nonce = segmentNonce(aead.nonceLength, descriptor.ordinal)
  const opened = await aead.open(nonce, request.stored, joinBytes(request.header, request.descriptor))
  const plain = decode(tools, descriptor.codec, opened, descriptor.plainLength)
  if (plain !== opened) free(opened)
  if (!check && !placements) return { plain, writtenBytes: 0 }
  const writtenBytes = check ? checkUnits(namer, plain, check) : place(tools, namer, plain, placements!)
  free(plain)
  return { writtenBytes }
}

function place(tools: LaneTools, namer: UnitNamer, plain: Uint8Array, placements: Placements): number {
  if (!tools.files) throw new BackupError('unsupported', 'This runtime has no files to write to.', { key: placements.path })
  return (placements.programs ? placePrograms : placeUnits)(tools.files, namer, plain, placements)
}

type Lengths = number | Uint32Array

const lengthOf = (lengths: Lengths, unit: number): number => (typeof lengths === 'number' ? lengths : lengths[unit]!)

/** Where each unit begins in the plain bytes of a segment without deltas. */
function startsOf(lengths: Lengths): (unit: number) => number {
  if (typeof lengths === 'number') return (unit) => unit * lengths
  const starts = new Float64Array(lengths.length + 1)
  lengths.forEach((length, unit) => (starts[unit + 1] = starts[unit]! + length))
  return (unit) => starts[unit]!
}

/** Units as they are: neighbours that stay neighbours are written together. The segment's seal vouches for them. */
function placeUnits(files: LaneFiles, _: UnitNamer, plain: Uint8Array, { path, units, to, lengths }: Placements): number {
  const start = startsOf(lengths)
  let written = 0
  for (let from = 0; from < units.length; ) {
    let next = from + 1
    while (next < units.length && units[next] === units[next - 1]! + 1 && to[next] === to[next - 1]! + lengthOf(lengths, units[next - 1]!)) next++
    const last = units[next - 1]!
    const bytes = plain.subarray(start(units[from]!), start(last) + lengthOf(lengths, last))
    files.place(path, to[from]!, bytes)
    written += bytes.length
    from = next
  }
  return written
}

/** Delta programs: each finds its base in the file, at the place where its result goes. */
function placePrograms(files: LaneFiles, namer: UnitNamer, plain: Uint8Array, placements: Placements): number {
  const { path, programs, lengths, units, to, ids } = placements
  let written = 0
  let at = 0
  let next = 0
  for (let unit = 0; unit < programs!.length; unit++) {
    const length = lengthOf(lengths, unit)
    const base = new Uint8Array(length)
    const result = new Uint8Array(length)
    // Even where nothing is wanted, a program must be run over to find where it ends.
    let end = programs![unit] === 0 ? at + length : applyDelta(plain, at, base, result)
    for (; units[next] === unit; next++) {
      if (programs![unit] === 0) {
        result.set(plain.subarray(at, end))
      } else {
        files.read(path, to[next]!, base)
        end = applyDelta(plain, at, base, result)
      }
      checkId(namer, roles.data, result, ids!, next)
      files.place(path, to[next]!, result)
      written += length
    }
    at = end
  }
  checkEnd(plain, at)
  return written
}

function checkUnits(namer: UnitNamer, plain: Uint8Array, { role, lengths, programs, ids }: UnitCheck): number {
  let at = 0
  for (let unit = 0; unit < ids.length / idLength; unit++) {
    const length = lengthOf(lengths, unit)
    if (programs?.[unit] === 1) {
      at = applyDelta(plain, at, new Uint8Array(length), new Uint8Array(length))
      continue
    }
    checkId(namer, role as SegmentRole, plain.subarray(at, at + length), ids, unit)
    at += length
  }
  checkEnd(plain, at)
  return 0
}

function checkEnd(plain: Uint8Array, at: number): void {
  if (at !== plain.length) throw new BackupError('corrupt', 'The units of a segment do not end where it ends.')
}

function checkId(namer: UnitNamer, role: SegmentRole, unit: Uint8Array, ids: Uint8Array, entry: number): void {
  const id = new Uint8Array(idLength)
  namer.name(role, unit, id, 0)
  if (equalBytes(id, ids.subarray(entry * idLength, (entry + 1) * idLength))) return
  throw new BackupError('corrupt', 'A unit is not the one its id names.')
}
