import type { CodecChoice, Lane, ScannedBlock, SegmentKind } from '../contract/lane.ts'
import { roles } from '../format/descriptor.ts'
import { idLength } from '../format/unit-id.ts'
import type { Catalog } from '../index/catalog.ts'
import { limits } from './limits.ts'
import type { Packer, SegmentUnits } from './packer.ts'

/** Gathers fresh units into segments, lane by lane, and has full segments sealed. */
export interface Gather {
  /** Takes those units of a scanned block that are not stored yet. Resolves when the lane may go on. */
  add(lane: Lane, block: ScannedGathered): Promise<void>
  /** Seals what is left over and waits for everything. */
  finish(): Promise<void>
  readonly freshUnits: number
  readonly freshBytes: number
}

export interface ScannedGathered {
  readonly block: number
  readonly role: 'data' | 'list'
  readonly scanned: ScannedBlock
  /** Ids of the previous versions, 16 bytes for each unit of the block. */
  readonly baseIds?: Uint8Array
}

interface OpenSegment {
  readonly kind: SegmentKind
  readonly number: number
  /** Plain bytes gathered. */
  bytes: number
  readonly lengths: number[]
  readonly ids: IdList
  /** With deltas. */
  readonly bases: IdList
  readonly chains: number[]
}

export function createGather(catalog: Catalog, packer: Packer, codec: CodecChoice): Gather {
  const open = new Map<Lane, Map<SegmentKind, OpenSegment>>()
  const sealing = new Map<Lane, Set<Promise<void>>>()
  const counts = { freshUnits: 0, freshBytes: 0 }
  let failure: { error: unknown } | undefined

  const seal = (lane: Lane, segment: OpenSegment): void => {
    open.get(lane)!.delete(segment.kind)
    const units = unitsOf(segment)
    const place = packer.place(segment.bytes, units, segment.kind.startsWith('list'))
    const work = lane
      .seal({
        segment: segment.kind,
        objectKey: place.objectKey,
        header: place.header,
        ordinal: place.ordinal,
        role: segment.kind.startsWith('data') ? roles.data : roles.list,
        flags: (typeof units.lengths === 'number' ? 2 : 0) | (units.bases ? 4 : 0),
        codec: isPages(segment, units) ? { ...codec, shape: 'pages' } : codec,
      })
      .then((sealed) => place.fill(sealed))
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => sealing.get(lane)!.delete(work))
    sealing.get(lane)!.add(work)
  }

  const segmentFor = (lane: Lane, kind: SegmentKind): OpenSegment => {
    const ofLane = open.get(lane) ?? new Map<SegmentKind, OpenSegment>()
    open.set(lane, ofLane)
    const found = ofLane.get(kind)
    if (found) return found
    const segment = { kind, number: catalog.reserve(), bytes: 0, lengths: [], ids: idList(), bases: idList(), chains: [] }
    ofLane.set(kind, segment)
    return segment
  }

  /** What is taken for one segment of one block, told to the lane in one message. */
  const takeAll = (lane: Lane, { block, role, scanned, baseIds }: ScannedGathered): void => {
    const full = fullAt(role, scanned.lengths)
    const pending: Partial<Record<SegmentKind, number[]>> = {}
    const tell = (kind: SegmentKind): void => {
      const positions = pending[kind]
      if (positions?.length) lane.take({ block, segment: kind, positions: Uint32Array.from(positions) })
      pending[kind] = []
    }
    for (let position = 0; position < scanned.changed.length; position++) {
      const at = position * idLength
      const known = catalog.units.find(scanned.ids, at)
      if (known >= 0 && catalog.isWhole(known)) continue
      const length = scanned.lengths[position]!
      // Of two copies of a unit readers take the one with the shorter chain: that must not be the one whose base is gone.
      const delta = known >= 0 ? undefined : deltaOf(catalog, scanned, position, baseIds)
      const kind: SegmentKind = delta ? `${role}-delta` : role
      const stored = delta?.storedBytes ?? length
      let segment = segmentFor(lane, kind)
      if (segment.bytes > 0 && segment.bytes + stored > full) {
        tell(kind)
        seal(lane, segment)
        segment = segmentFor(lane, kind)
      }
      if (known >= 0) catalog.units.relocate(known, segment.number, segment.lengths.length)
      else catalog.units.addNew(scanned.ids, at, segment.number, segment.lengths.length)
      append(segment, scanned.ids, at, length, stored, delta)
      ;(pending[kind] ??= []).push(position)
      if (segment.bytes >= full) {
        // At once: while the block is held, its bytes need not be copied.
        tell(kind)
        seal(lane, segment)
      }
      if (role === 'data') {
        counts.freshUnits++
        counts.freshBytes += length
      }
    }
    for (const kind of Object.keys(pending) as SegmentKind[]) tell(kind)
  }

  return {
    async add(lane, gathered) {
      if (!sealing.has(lane)) sealing.set(lane, new Set())
      takeAll(lane, gathered)
      lane.release(gathered.block)
      const underWay = sealing.get(lane)!
      while (underWay.size > limits.sealsPerLane && !failure) await Promise.race(underWay)
      if (failure) throw failure.error
    },
    async finish() {
      for (const [lane, segments] of open) for (const segment of segments.values()) seal(lane, segment)
      for (const underWay of sealing.values()) while (underWay.size > 0) await Promise.race(underWay)
      if (failure) throw failure.error
    },
    get freshUnits() {
      return counts.freshUnits
    },
    get freshBytes() {
      return counts.freshBytes
    },
  }
}

/** Units of one length are pages: chunks that were cut by content differ. */
function isPages({ kind }: OpenSegment, { lengths }: SegmentUnits): boolean {
  return kind === 'data' && typeof lengths === 'number'
}

/** Bytes at which a segment is closed to which units of these lengths were added. */
function fullAt(role: 'data' | 'list', lengths: Uint32Array): number {
  if (role === 'list') return limits.listSegmentBytes
  const arePages = lengths.length > 1 && lengths.every((length) => length === lengths[0])
  return arePages ? limits.pageSegmentBytes : limits.segmentBytes
}

interface Delta {
  readonly storedBytes: number
  /** The base's id is at `at` of these. */
  readonly baseIds: Uint8Array
  readonly at: number
  readonly chain: number
}

/** A delta is only used when its base is stored and its chain is short enough. */
function deltaOf(catalog: Catalog, scanned: ScannedBlock, position: number, baseIds: Uint8Array | undefined): Delta | undefined {
  const storedBytes = scanned.deltas?.[position] ?? 0
  if (storedBytes === 0 || !baseIds) return undefined
  const at = scanned.changed[position]! * idLength
  const unit = catalog.units.find(baseIds, at)
  if (unit < 0 || !catalog.isWhole(unit)) return undefined
  const chain = catalog.chainOf(unit) + 1
  return chain <= limits.chainLength ? { storedBytes, baseIds, at, chain } : undefined
}

function append(segment: OpenSegment, ids: Uint8Array, at: number, length: number, stored: number, delta: Delta | undefined): void {
  segment.lengths.push(length)
  segment.ids.push(ids, at)
  segment.bytes += stored
  if (!delta) return
  segment.bases.push(delta.baseIds, delta.at)
  segment.chains.push(delta.chain)
}

/** Many ids in one array: an object for each would keep the garbage collector busier than the data keeps the engine. */
interface IdList {
  push(ids: Uint8Array, at: number): void
  bytes(): Uint8Array
}

function idList(): IdList {
  let bytes = new Uint8Array(256 * idLength)
  let length = 0
  return {
    push(ids, at) {
      if (length === bytes.length) {
        const larger = new Uint8Array(length * 2)
        larger.set(bytes)
        bytes = larger
      }
      for (let index = 0; index < idLength; index++) bytes[length + index] = ids[at + index]!
      length += idLength
    },
    bytes: () => bytes.slice(0, length),
  }
}

function unitsOf(segment: OpenSegment): SegmentUnits {
  const uniform = segment.lengths.every((length) => length === segment.lengths[0])
  return {
    number: segment.number,
    lengths: uniform ? segment.lengths[0]! : Uint32Array.from(segment.lengths),
    ids: segment.ids.bytes(),
    ...(segment.kind.endsWith('-delta') && { bases: segment.bases.bytes(), chains: Uint8Array.from(segment.chains) }),
  }
}
