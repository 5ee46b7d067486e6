import type { Descriptor } from '../format/descriptor.ts'
import { maxChain } from '../format/delta.ts'
import type { ObjectName } from '../format/names.ts'
import type { SegmentEntry } from '../format/toc.ts'
import { idLength } from '../format/unit-id.ts'
import { type UnitIndex, unitIndex } from './unit-index.ts'

/** What a repository holds, as told by the tables of contents of its packs. Always rebuildable from them. */
export interface Catalog {
  readonly units: UnitIndex
  readonly packs: ReadonlyMap<ObjectName, CatalogPack>
  /**
   * Stands for the set of packs whose units are known: catalogs that hold the same packs have the same. Not a secret, and no proof
   * against somebody who makes packs up.
   */
  readonly holdings: string
  segment(number: number): CatalogSegment
  /** Makes room for a segment that is being gathered; its units can be found from now on. */
  reserve(): number
  /** Adds a pack and its units. Adding it again changes nothing. */
  addPack(pack: CatalogPack, segments: readonly SegmentEntry[]): void
  /** Tells what a reserved segment became. */
  settle(number: number, segment: CatalogSegment): void
  notePack(pack: CatalogPack): void
  /** Length of the delta chain that ends in this unit; endless for a unit that is still being gathered. */
  chainOf(unit: number): number
  /** Whether the unit can be rebuilt: a pack that is gone takes along the bases of units in others. */
  isWhole(unit: number): boolean
}

export interface CatalogPack {
  readonly name: ObjectName
  readonly size: number
  /** Stored length of the tail. */
  readonly tail: number
}

/** A segment as readers need it: without the ids, which are in the index. */
export interface CatalogSegment {
  readonly pack: ObjectName
  readonly descriptor: Descriptor
  readonly offset: number
  readonly units: number
  readonly lengths: number | Uint32Array
  readonly bases?: Uint8Array
  readonly chains?: Uint8Array
}

export function createCatalog(): Catalog {
  const units = unitIndex()
  const packs = new Map<ObjectName, CatalogPack>()
  const segments: (CatalogSegment | undefined)[] = []
  let hasDeltas = false
  /** Names are hashes already, so all of them together, by exclusive or, are one too, whatever their order. */
  let holdings = 0n
  const chainOf = (unit: number): number => {
    const segment = segments[units.segmentOf(unit)]
    return segment ? (segment.chains?.[units.ordinalOf(unit)] ?? 0) : Number.POSITIVE_INFINITY
  }
  const isWhole = (unit: number): boolean => {
    if (!hasDeltas) return true
    let link = unit
    for (let links = 0; link >= 0 && links <= maxChain; links++) {
      const segment = segments[units.segmentOf(link)]
      const ordinal = units.ordinalOf(link)
      // While a unit is still being gathered its base was looked for a moment ago.
      if (!segment?.bases || !segment.chains?.[ordinal]) return true
      link = units.find(segment.bases, ordinal * idLength)
    }
    return false
  }
  /** Of several copies of a unit the one with the shortest chain is used: so chains cannot go round in a circle. */
  const addUnit = (ids: Uint8Array, at: number, number: number, ordinal: number): void => {
    const known = units.size
    const unit = units.add(ids, at, number, ordinal)
    if (units.size > known) return
    const chain = segments[number]?.chains?.[ordinal] ?? 0
    if (chain < chainOf(unit)) units.relocate(unit, number, ordinal)
  }

  return {
    units,
    packs,
    chainOf,
    isWhole,
    segment(number) {
      const segment = segments[number]
      if (!segment) throw new Error(`Segment ${number} was reserved and never settled.`)
      return segment
    },
    reserve: () => segments.push(undefined) - 1,
    settle(number, segment) {
      segments[number] = segment
      hasDeltas ||= segment.bases !== undefined
    },
    get holdings() {
      return holdings.toString(16).padStart(64, '0')
    },
    notePack(pack) {
      packs.set(pack.name, pack)
      holdings ^= BigInt(`0x${pack.name}`)
    },
    addPack(pack, entries) {
      if (packs.has(pack.name)) return
      packs.set(pack.name, pack)
      if (entries.length > 0) holdings ^= BigInt(`0x${pack.name}`)
      for (const { ids, ...entry } of entries) {
        const number = segments.push({ ...entry, pack: pack.name }) - 1
        hasDeltas ||= entry.bases !== undefined
        for (let ordinal = 0; ordinal < entry.units; ordinal++) addUnit(ids, ordinal * idLength, number, ordinal)
      }
    },
  }
}
