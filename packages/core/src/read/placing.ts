import { BackupError } from '../errors.ts'
import { idLength } from '../format/unit-id.ts'
import type { Catalog } from '../index/catalog.ts'
import { takingTurns } from '../lane/turns.ts'
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

/** @throws `corrupt` when a unit is in no pack, or a chain is too long or of unequal lengths. */
export async function placeUnits(catalog: Catalog, stream: StreamUnits): Promise<Round[]> {
  const rounds: Map<number, Gathering>[] = []
  const placesIn = (round: number, segment: number): Gathering => {
    const places = (rounds[round] ??= new Map<number, Gathering>())
    let found = places.get(segment)
    if (!found) places.set(segment, (found = { units: [], to: [], ids: [] }))
    return found
  }
  /** Places a unit of the stream after its base, and that after its own, and tells in which round it is. */
  const place = (unit: number, ids: Uint8Array, at: number, links: number): number => {
    const found = catalog.units.find(ids, at)
    if (found < 0) throw missingUnit(ids, at)
    if (links > maxChain) throw new BackupError('corrupt', `A chain of deltas is longer than ${maxChain}.`)
    const number = catalog.units.segmentOf(found)
    const ordinal = catalog.units.ordinalOf(found)
    const { lengths, bases } = catalog.segment(number)
    const length = typeof lengths === 'number' ? lengths : lengths[ordinal]
    if (length !== stream.length(unit)) throw new BackupError('corrupt', 'A unit has another length than its list says.')
    const round = bases && hasBase(bases, ordinal) ? place(unit, bases, ordinal * idLength, links + 1) + 1 : 0
    const places = placesIn(round, number)
    places.units.push(ordinal)
    places.to.push(stream.start(unit))
    if (bases) places.ids.push({ bytes: ids, at })
    return round
  }

  const turn = takingTurns()
  for (let unit = 0; unit < stream.count; unit++) {
    place(unit, stream.ids, unit * idLength, 0)
    const others = turn()
    if (others) await others
  }
  const placed: Round[] = []
  const eachTurn = takingTurns(1)
  for (const round of rounds) {
    const inOrder: Round = new Map()
    for (const [segment, places] of round) {
      await eachTurn()
      inOrder.set(segment, sortedPlaces(places))
    }
    placed.push(inOrder)
  }
  return placed
}

function hasBase(bases: Uint8Array, ordinal: number): boolean {
  for (let at = ordinal * idLength; at < (ordinal + 1) * idLength; at++) if (bases[at] !== 0) return true
  return false
}

export function sortedPlaces(places: Gathering): SegmentPlaces {
  const { units, to, ids } = isSorted(places) ? places : inOrder(places)
  const joined = new Uint8Array(ids.length * idLength)
  ids.forEach(({ bytes, at }, place) => joined.set(bytes.subarray(at, at + idLength), place * idLength))
  return { units: Uint32Array.from(units), to: Float64Array.from(to), ids: joined }
}

/** As a rule they are: what was stored together lay together. */
function isSorted({ units, to }: Gathering): boolean {
  return units.every((unit, at) => at === 0 || unit > units[at - 1]! || (unit === units[at - 1] && to[at]! > to[at - 1]!))
}

function inOrder({ units, to, ids }: Gathering): Gathering {
  const order = [...units.keys()].sort((a, b) => units[a]! - units[b]! || to[a]! - to[b]!)
  return { units: order.map((at) => units[at]!), to: order.map((at) => to[at]!), ids: ids.length > 0 ? order.map((at) => ids[at]!) : [] }
}
