import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { applyDelta } from '../format/delta.ts'
import { type SegmentRole, encodeDescriptor } from '../format/descriptor.ts'
import { decodeHeader, headerLength, segmentNonce } from '../format/header.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import { equalBytes, joinBytes } from '../format/text.ts'
import { idLength, unitNamer } from '../format/unit-id.ts'
import type { CatalogSegment } from '../index/catalog.ts'
import { decode } from '../lane/decode.ts'
import { healing } from '../repository/objects.ts'
import type { Repository } from '../repository/repository.ts'
import { missingUnit } from './missing-unit.ts'
import { getFromPack } from './removed-meanwhile.ts'

/** Reads single units, wherever they are. For lists, and where there are no lanes; whole snapshots go another way. */
export interface UnitReader {
  /**
   * The bytes of the unit whose id is at `at` of `ids`, checked against that id.
   *
   * @throws `corrupt` when the unit is in no pack, or is not what its id says.
   */
  read(role: SegmentRole, ids: Uint8Array, at: number, options?: CallOptions): Promise<Uint8Array>
}

/** Longest delta chain a reader follows: FORMAT.md §11. */
export const maxChain = 16
/** Decoded segments kept, of up to 1 MiB as a rule. */
const keptSegments = 16
/** A pack of up to that size is read as a whole: that takes one request instead of two for each segment. */
const smallBytes = 256 << 10
/** Such packs kept, read a moment ago. */
const keptPacks = 8

export function unitReader(repository: Repository): UnitReader {
  const { provider, runtime, catalog } = repository
  const namer = unitNamer(runtime.crypto, repository.laneSetup(0).unitKey)
  const segments = new Map<number, Promise<OpenedUnits>>()
  const headers = new Map<ObjectName, Promise<Uint8Array>>()
  const small = new Map<ObjectName, Promise<Uint8Array>>()

  const headerOf = (pack: ObjectName, options: CallOptions): Promise<Uint8Array> => {
    const found = headers.get(pack) ?? getFromPack(provider, pack, { ...options, range: { offset: 0, length: headerLength } })
    headers.set(pack, found)
    return found
  }
  /** A small pack as a whole: its header comes along, and its other segments. */
  const wholeOf = (pack: ObjectName, size: number, options: CallOptions): Promise<Uint8Array> => {
    const found = small.get(pack) ?? getFromPack(provider, pack, { ...options, range: { offset: 0, length: size } })
    small.delete(pack)
    small.set(pack, found)
    if (small.size > keptPacks) small.delete(small.keys().next().value!)
    return found
  }
  const withHeader = async ({ pack, offset, descriptor }: CatalogSegment, options: CallOptions): Promise<readonly [Uint8Array, Uint8Array]> => {
    const length = descriptor.storedLength
    const size = catalog.packs.get(pack)?.size ?? Number.POSITIVE_INFINITY
    if (size > smallBytes) return Promise.all([headerOf(pack, options), getFromPack(provider, pack, { ...options, range: { offset, length } })])
    const bytes = await wholeOf(pack, size, options)
    return [bytes.subarray(0, headerLength), bytes.subarray(offset, offset + length)]
  }
  const openSegment = (segment: CatalogSegment, options: CallOptions): Promise<OpenedUnits> =>
    healing(provider, packKey(segment.pack), options, async () => {
      try {
        return await readSegment(segment, options)
      } catch (error) {
        // It may be what was damaged.
        headers.delete(segment.pack)
        small.delete(segment.pack)
        throw error
      }
    })
  const readSegment = async (segment: CatalogSegment, options: CallOptions): Promise<OpenedUnits> => {
    const { descriptor } = segment
    const [header, stored] = await withHeader(segment, options)
    const decoded = decodeHeader(header)
    const aead = runtime.crypto.aead(decoded.suite, repository.keyFor(decoded, header))
    const nonce = segmentNonce(aead.nonceLength, descriptor.ordinal)
    const opened = await aead.open(nonce, stored, joinBytes(header, encodeDescriptor(descriptor)))
    const plain = decode(runtime, descriptor.codec, opened, descriptor.plainLength)
    return { plain, starts: startsOf(segment, plain) }
  }
  const opened = (number: number, options: CallOptions): Promise<OpenedUnits> => {
    const found = segments.get(number) ?? openSegment(catalog.segment(number), options)
    // Most recently used last.
    segments.delete(number)
    segments.set(number, found)
    found.catch(() => segments.delete(number))
    if (segments.size > keptSegments) segments.delete(segments.keys().next().value!)
    return found
  }

  const read = async (role: SegmentRole, ids: Uint8Array, at: number, options: CallOptions, depth: number): Promise<Uint8Array> => {
    const unit = catalog.units.find(ids, at)
    if (unit < 0) throw missingUnit(ids, at)
    if (depth > maxChain) throw new BackupError('corrupt', `A chain of deltas is longer than ${maxChain}.`)
    const number = catalog.units.segmentOf(unit)
    const ordinal = catalog.units.ordinalOf(unit)
    const segment = catalog.segment(number)
    if (segment.descriptor.role !== role) throw new BackupError('corrupt', `A unit has role ${segment.descriptor.role} where ${role} belongs.`)
    const { plain, starts } = await opened(number, options)
    const start = starts[ordinal]!
    const base = segment.bases?.subarray(ordinal * idLength, (ordinal + 1) * idLength)
    let bytes = plain.subarray(start, starts[ordinal + 1])
    if (base?.some((byte) => byte !== 0)) {
      const result = new Uint8Array(typeof segment.lengths === 'number' ? segment.lengths : segment.lengths[ordinal]!)
      applyDelta(plain, start, await read(role, base, 0, options, depth + 1), result)
      bytes = result
    }
    const id = new Uint8Array(idLength)
    namer.name(role, bytes, id, 0)
    if (!equalBytes(id, ids.subarray(at, at + idLength))) throw new BackupError('corrupt', 'A unit is not the one its id names.', { key: packKey(segment.pack) })
    return bytes
  }
  return { read: (role, ids, at, options = {}) => read(role, ids, at, options, 0) }
}

interface OpenedUnits {
  readonly plain: Uint8Array
  /** Where each unit (or its program) starts, and where the last one ends. */
  readonly starts: Float64Array
}

function startsOf(segment: CatalogSegment, plain: Uint8Array): Float64Array {
  const starts = new Float64Array(segment.units + 1)
  const scratch = { base: new Uint8Array(0), out: new Uint8Array(0) }
  for (let unit = 0; unit < segment.units; unit++) {
    const length = typeof segment.lengths === 'number' ? segment.lengths : segment.lengths[unit]!
    const base = segment.bases?.subarray(unit * idLength, (unit + 1) * idLength)
    const isProgram = base?.some((byte) => byte !== 0) ?? false
    if (isProgram && scratch.out.length !== length) {
      scratch.base = new Uint8Array(length)
      scratch.out = new Uint8Array(length)
    }
    // A program must be run to learn where it ends; on an empty base that is cheap.
    starts[unit + 1] = isProgram ? applyDelta(plain, starts[unit]!, scratch.base, scratch.out) : starts[unit]! + length
  }
  return starts
}
