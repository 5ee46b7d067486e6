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
   * Stands for the set of packs whose units are known and may be counted on: catalogs that hold the same packs have the same. Not a
   * secret, and no proof against somebody who makes packs up.
   */
  readonly holdings: string
  segment(number: number): CatalogSegment
  /** This segment, and those behind it in its pack that follow without a gap and are of its role: as many as have these stored bytes together. */
  run(number: number, storedBytes: number): readonly number[]
  /** Makes room for a segment that is being gathered; its units can be found from now on. */
  reserve(): number
  /**
   * Adds a pack and its units. Adding it again changes nothing.
   *
   * @param lasting of two copies of a unit, use this one: the pack outlives those that commits name
   */
  addPack(pack: CatalogPack, segments: readonly SegmentEntry[], lasting?: boolean): void
  /**
   * The same for a pack whose units have numbers already.
   *
   * @param numbers of all its units, segment by segment
   */
  addNumbered(pack: CatalogPack, segments: readonly CatalogSegment[], numbers: Uint32Array): void
  /** Tells what a reserved segment became. */
  settle(number: number, segment: CatalogSegment): void
  notePack(pack: CatalogPack): void
  /**
   * Nothing new may count on these packs, from now on: they are to be removed. What is in them can be read all the same. Takes the place
   * of what was said before.
   */
  shun(packs: ReadonlySet<ObjectName>): void
  /** Nothing new may count on this pack either: nobody names it any more. */
  abandon(pack: ObjectName): void
  /** Somebody names it again. */
  reclaim(pack: ObjectName): void
  isAbandoned(pack: ObjectName): boolean
  isShunned(pack: ObjectName): boolean
  /** Length of the delta chain that ends in this unit; endless for a unit that is still being gathered. */
  chainOf(unit: number): number
  /**
   * Whether the unit may be counted on: neither it nor what it is rebuilt from lies in a pack that is shunned, and a pack that is gone
   * takes along the bases of units in others.
   */
  isWhole(unit: number): boolean
  /** The packs that a unit and all that it is rebuilt from are read from; none for -1, and for what is still being gathered. */
  packsOf(unit: number): readonly ObjectName[]
  /** Bytes of memory that is held for what lies in these packs, and for all that lies in others; about. */
  weigh(packs: ReadonlySet<ObjectName>): { readonly these: number; readonly others: number }
  /** Whether there are units at all that are rebuilt from others. */
  readonly hasDeltas: boolean
  /** The id of the unit that this one is rebuilt from; `undefined` for one that is stored as it is. */
  baseOf(unit: number): Uint8Array | undefined
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

/** @param units where its units are looked up: with numbers of its own, unless told otherwise */
export function createCatalog(units: UnitIndex = unitIndex()): Catalog {
  const packs = new Map<ObjectName, CatalogPack>()
  const segments: (CatalogSegment | undefined)[] = []
  let hasDeltas = false
  /** Names are hashes already, so all of them together, by exclusive or, are one too, whatever their order. */
  let holdings = 0n
  /** Packs of which units are known. */
  const filled = new Set<ObjectName>()
  let doomed: ReadonlySet<ObjectName> = new Set()
  const abandoned = new Set<ObjectName>()
  const isShunned = (name: ObjectName): boolean => doomed.has(name) || abandoned.has(name)
  const turn = (name: ObjectName): void => {
    holdings ^= BigInt(`0x${name}`)
  }
  const fill = (name: ObjectName): void => {
    if (filled.has(name)) return
    filled.add(name)
    if (!isShunned(name)) turn(name)
  }
  const chainOf = (unit: number): number => {
    const segment = segments[units.segmentOf(unit)]
    return segment ? (segment.chains?.[units.ordinalOf(unit)] ?? 0) : Number.POSITIVE_INFINITY
  }
  const baseOf = (unit: number): Uint8Array | undefined => {
    if (!hasDeltas) return undefined
    const segment = segments[units.segmentOf(unit)]
    const ordinal = units.ordinalOf(unit)
    if (!segment?.bases || !segment.chains?.[ordinal]) return undefined
    return segment.bases.subarray(ordinal * idLength, (ordinal + 1) * idLength)
  }
  const isWhole = (unit: number): boolean => {
    if (!hasDeltas && doomed.size === 0 && abandoned.size === 0) return true
    let link = unit
    for (let links = 0; link >= 0 && links <= maxChain; links++) {
      const segment = segments[units.segmentOf(link)]
      if (segment && isShunned(segment.pack)) return false
      const ordinal = units.ordinalOf(link)
      // While a unit is still being gathered its base was looked for a moment ago.
      if (!segment?.bases || !segment.chains?.[ordinal]) return true
      link = units.find(segment.bases, ordinal * idLength)
    }
    return false
  }
  /** Of several copies of a unit the one with the shortest chain is used: so chains cannot go round in a circle. */
  const addCopy = (unit: number, number: number, ordinal: number, lasting: boolean): void => {
    const chain = segments[number]?.chains?.[ordinal] ?? 0
    if (chain < chainOf(unit) || (chain === chainOf(unit) && (lasting || !isWhole(unit)))) units.relocate(unit, number, ordinal)
  }
  const addUnit = (ids: Uint8Array, at: number, number: number, ordinal: number, lasting: boolean): void => {
    const unit = units.find(ids, at)
    if (unit < 0) units.addNew(ids, at, number, ordinal)
    else addCopy(unit, number, ordinal, lasting)
  }
  const addSegment = (segment: CatalogSegment): number => {
    hasDeltas ||= segment.bases !== undefined
    return segments.push(segment) - 1
  }
  /** @returns whether it is to be added */
  const beginPack = (pack: CatalogPack, isFilled: boolean): boolean => {
    if (packs.has(pack.name)) return false
    packs.set(pack.name, pack)
    if (isFilled) fill(pack.name)
    return true
  }

  return {
    units,
    packs,
    chainOf,
    isWhole,
    packsOf(unit) {
      const found: ObjectName[] = []
      for (let link = unit; link >= 0 && found.length <= maxChain; ) {
        const segment = segments[units.segmentOf(link)]
        if (!segment) break
        found.push(segment.pack)
        const base = baseOf(link)
        link = base ? units.find(base, 0) : -1
      }
      return found
    },
    weigh(these) {
      const weight = { these: 0, others: 0 }
      for (const segment of segments) if (segment) weight[these.has(segment.pack) ? 'these' : 'others'] += weightOf(segment)
      return weight
    },
    get hasDeltas() {
      return hasDeltas
    },
    baseOf,
    segment(number) {
      const segment = segments[number]
      if (!segment) throw new Error(`Segment ${number} was reserved and never settled.`)
      return segment
    },
    run(number, storedBytes) {
      const found = [number]
      const first = segments[number]!
      let end = first.offset + first.descriptor.storedLength
      // Those of one pack were added in the order of its table, which is as a rule that of their places.
      for (let next = number + 1; ; next++) {
        const segment = segments[next]
        if (segment?.pack !== first.pack || segment.offset !== end || segment.descriptor.role !== first.descriptor.role) return found
        end += segment.descriptor.storedLength
        if (end - first.offset > storedBytes) return found
        found.push(next)
      }
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
      fill(pack.name)
    },
    shun(names) {
      if (names === doomed) return
      // Of all packs only those that are treated otherwise from now on.
      const changes = (name: ObjectName): boolean => filled.has(name) && !abandoned.has(name)
      for (const name of names) if (!doomed.has(name) && changes(name)) turn(name)
      for (const name of doomed) if (!names.has(name) && changes(name)) turn(name)
      doomed = names
    },
    abandon(name) {
      if (abandoned.has(name)) return
      if (filled.has(name) && !doomed.has(name)) turn(name)
      abandoned.add(name)
    },
    reclaim(name) {
      if (abandoned.delete(name) && filled.has(name) && !doomed.has(name)) turn(name)
    },
    isAbandoned: (name) => abandoned.has(name),
    isShunned,
    addPack(pack, entries, lasting = false) {
      if (!beginPack(pack, entries.length > 0)) return
      for (const { ids, ...entry } of entries) {
        const number = addSegment({ ...entry, pack: pack.name })
        for (let ordinal = 0; ordinal < entry.units; ordinal++) addUnit(ids, ordinal * idLength, number, ordinal, lasting)
      }
    },
    addNumbered(pack, known, numbers) {
      if (!beginPack(pack, known.length > 0)) return
      let at = 0
      for (const segment of known) {
        const number = addSegment(segment)
        for (let ordinal = 0; ordinal < segment.units; ordinal++) {
          const unit = numbers[at++]!
          if (units.has(unit)) addCopy(unit, number, ordinal, false)
          else units.relocate(unit, number, ordinal)
        }
      }
    },
  }
}

/** What a unit takes in its index, and a segment with its descriptor and lengths here: measured, in Node 24. */
function weightOf({ units }: CatalogSegment): number {
  return 40 * units + 500
}
