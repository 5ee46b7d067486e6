import { BackupError } from '../errors.ts'
import { idLength } from '../format/unit-id.ts'
import type { Catalog } from '../index/catalog.ts'
import { missingUnit } from './missing-unit.ts'
import { maxChain } from './unit-reader.ts'
import type { StreamUnits } from './walk-list.ts'

/**
 * Which segments are needed for a stream and where their units go, in rounds: the first round writes units as they are,
 * each further one runs delta programs on what the round before left in place.
 */
export type Round = Map<number, SegmentPlaces>

/** What is needed of one segment. */
export interface SegmentPlaces {
  /** Ordinals in the segment, ascending. */
  readonly units: Uint32Array
  /** Positions in the stream. */
  readonly to: Float64Array
  /** In segments with deltas: ids of the units, 16 bytes each. */
  readonly ids: Uint8Array
}

interface Gathering {
  readonly units: number[]
  readonly to: number[]
  /** Where the ids are, for segments with deltas; elsewhere nobody asks for them. */
  readonly ids: IdPlace[]
}

interface IdPlace {
  readonly bytes: Uint8Array
  readonly at: number
}

interface Link {
  readonly segment: number
  readonly ordinal: number
  readonly id: IdPlace
}

/** @throws `corrupt` when a unit is in no pack, or a chain is too long or of unequal lengths. */
export function placeUnits(catalog: Catalog, stream: StreamUnits): Round[] {
  const rounds: Map<number, Gathering>[] = []
  for (let unit = 0; unit < stream.count; unit++) {
    const chain = chainOf(catalog, stream, unit)
    chain.forEach(({ segment, ordinal, id }, at) => {
      // The last link has no base: it is what goes first.
      const round = (rounds[chain.length - 1 - at] ??= new Map<number, Gathering>())
      let places = round.get(segment)
      if (!places) round.set(segment, (places = { units: [], to: [], ids: [] }))
      places.units.push(ordinal)
      places.to.push(stream.start(unit))
      if (catalog.segment(segment).bases) places.ids.push(id)
    })
  }
  return rounds.map((round) => new Map([...round].map(([segment, places]) => [segment, sorted(places)])))
}

/** The unit, its base, the base of that, … */
function chainOf(catalog: Catalog, stream: StreamUnits, unit: number): Link[] {
  const links: Link[] = []
  let id: IdPlace | undefined = { bytes: stream.ids, at: unit * idLength }
  while (id) {
    const found = catalog.units.find(id.bytes, id.at)
    if (found < 0) throw missingUnit(id.bytes, id.at)
    if (links.length > maxChain) throw new BackupError('corrupt', `A chain of deltas is longer than ${maxChain}.`)
    const segment = catalog.units.segmentOf(found)
    const ordinal = catalog.units.ordinalOf(found)
    const { lengths, bases } = catalog.segment(segment)
    const length = typeof lengths === 'number' ? lengths : lengths[ordinal]
    if (length !== stream.length(unit)) throw new BackupError('corrupt', 'A unit has another length than its list says.')
    links.push({ segment, ordinal, id })
    id = bases && hasBase(bases, ordinal) ? { bytes: bases, at: ordinal * idLength } : undefined
  }
  return links
}

function hasBase(bases: Uint8Array, ordinal: number): boolean {
  for (let at = ordinal * idLength; at < (ordinal + 1) * idLength; at++) if (bases[at] !== 0) return true
  return false
}

function sorted({ units, to, ids }: Gathering): SegmentPlaces {
  const order = Uint32Array.from(units.keys()).sort((a, b) => units[a]! - units[b]! || to[a]! - to[b]!)
  const joined = new Uint8Array(ids.length * idLength)
  if (ids.length > 0) {
    order.forEach((from, at) => {
      const { bytes, at: start } = ids[from]!
      joined.set(bytes.subarray(start, start + idLength), at * idLength)
    })
  }
  return {
    units: Uint32Array.from(order, (at) => units[at]!),
    to: Float64Array.from(order, (at) => to[at]!),
    ids: joined,
  }
}
