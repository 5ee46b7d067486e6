import { BackupError } from '../errors.ts'
import { idLength } from '../format/unit-id.ts'
import type { Catalog } from '../index/catalog.ts'
import { maxChain, missingUnit } from './unit-reader.ts'
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
  /** Ids of the units, 16 bytes each. */
  readonly ids: Uint8Array
}

interface Gathering {
  readonly units: number[]
  readonly to: number[]
  readonly ids: Uint8Array[]
}

/** @throws `corrupt` when a unit is in no pack, or a chain is too long or of unequal lengths. */
export function placeUnits(catalog: Catalog, stream: StreamUnits): Round[] {
  const rounds: Map<number, Gathering>[] = []
  for (let unit = 0; unit < stream.count; unit++) {
    const chain = chainOf(catalog, stream, unit)
    chain.forEach((link, at) => {
      // The last link has no base: it is what goes first.
      const round = (rounds[chain.length - 1 - at] ??= new Map<number, Gathering>())
      const places = round.get(link.segment) ?? { units: [], to: [], ids: [] }
      round.set(link.segment, places)
      places.units.push(link.ordinal)
      places.to.push(stream.start(unit))
      places.ids.push(link.id)
    })
  }
  return rounds.map((round) => new Map([...round].map(([segment, places]) => [segment, sorted(places)])))
}

interface Link {
  readonly segment: number
  readonly ordinal: number
  readonly id: Uint8Array
}

/** The unit, its base, the base of that, … */
function chainOf(catalog: Catalog, stream: StreamUnits, unit: number): Link[] {
  const links: Link[] = []
  let id: Uint8Array | undefined = stream.ids.subarray(unit * idLength, (unit + 1) * idLength)
  while (id) {
    const found = catalog.units.find(id, 0)
    if (found < 0) throw missingUnit(id, 0)
    if (links.length > maxChain) throw new BackupError('corrupt', `A chain of deltas is longer than ${maxChain}.`)
    const number = catalog.units.segmentOf(found)
    const ordinal = catalog.units.ordinalOf(found)
    const segment = catalog.segment(number)
    const length = typeof segment.lengths === 'number' ? segment.lengths : segment.lengths[ordinal]
    if (length !== stream.length(unit)) throw new BackupError('corrupt', 'A unit has another length than its list says.')
    links.push({ segment: number, ordinal, id })
    const base: Uint8Array | undefined = segment.bases?.subarray(ordinal * idLength, (ordinal + 1) * idLength)
    id = base?.some((byte) => byte !== 0) ? base : undefined
  }
  return links
}

function sorted({ units, to, ids }: Gathering): SegmentPlaces {
  const order = Uint32Array.from(units.keys()).sort((a, b) => units[a]! - units[b]! || to[a]! - to[b]!)
  const joined = new Uint8Array(ids.length * idLength)
  order.forEach((from, at) => joined.set(ids[from]!, at * idLength))
  return {
    units: Uint32Array.from(order, (at) => units[at]!),
    to: Float64Array.from(order, (at) => to[at]!),
    ids: joined,
  }
}
