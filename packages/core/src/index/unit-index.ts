import { unitIds } from './unit-ids.ts'

/** Which units are stored, and where. */
export interface UnitIndex {
  /** Numbers of units are below it. */
  readonly size: number
  /** Bytes held in typed arrays. */
  readonly memoryBytes: number
  /** The number of the unit whose id is at `at` of `ids`, or -1. */
  find(ids: Uint8Array, at: number): number
  /** Whether the unit with this number is stored. */
  has(unit: number): boolean
  /** Adds a unit, unless it is there, and returns its number. */
  add(ids: Uint8Array, at: number, segment: number, ordinal: number): number
  /** Adds a unit that `find` has just not found. */
  addNew(ids: Uint8Array, at: number, segment: number, ordinal: number): number
  /** Another copy of the unit is to be used from now on. */
  relocate(unit: number, segment: number, ordinal: number): void
  segmentOf(unit: number): number
  ordinalOf(unit: number): number
}

/** An index with numbers of its own: each unit takes 8 bytes besides what its id takes. */
export function unitIndex(): UnitIndex {
  // The segment, and the ordinal in the segment.
  const ids = unitIds(2)
  const addNew: UnitIndex['addNew'] = (bytes, at, segment, ordinal) => {
    const unit = ids.addNew(bytes, at)
    ids.setSpare(unit, segment, ordinal)
    return unit
  }
  return {
    get size() {
      return ids.size
    },
    get memoryBytes() {
      return ids.memoryBytes
    },
    find: ids.find,
    has: (unit) => unit < ids.size,
    add(bytes, at, segment, ordinal) {
      const found = ids.find(bytes, at)
      return found >= 0 ? found : addNew(bytes, at, segment, ordinal)
    },
    addNew,
    relocate: ids.setSpare,
    segmentOf: (unit) => ids.spare(unit, 0) >>> 0,
    ordinalOf: (unit) => ids.spare(unit, 1) >>> 0,
  }
}
