import type { UnitIds } from './unit-ids.ts'
import type { UnitIndex } from './unit-index.ts'

/**
 * An index of units whose numbers are known already, from an earlier look at the same repository: only those that were given a place
 * here are stored. Whoever knows the numbers of what is in a pack need not look for any id.
 */
export interface PlacedUnits extends UnitIndex {
  /** Units that have a place. */
  readonly placed: number
}

const pageBits = 14
const pageUnits = 1 << pageBits

/** @param ids those with a place, and others: it may grow in the meantime */
export function placedUnits(ids: UnitIds): PlacedUnits {
  // Of each unit the segment plus one, so that nothing is none, and the ordinal in the segment.
  const pages: (Uint32Array | undefined)[] = []
  let held = 0
  let placed = 0

  const has = (unit: number): boolean => (pages[unit >>> pageBits]?.[(unit & (pageUnits - 1)) * 2] ?? 0) !== 0
  const find = (bytes: Uint8Array, at: number): number => {
    const unit = ids.find(bytes, at)
    return unit >= 0 && has(unit) ? unit : -1
  }
  const relocate = (unit: number, segment: number, ordinal: number): void => {
    let page = pages[unit >>> pageBits]
    if (!page) {
      page = new Uint32Array(pageUnits * 2)
      pages[unit >>> pageBits] = page
      held += page.byteLength
    }
    const word = (unit & (pageUnits - 1)) * 2
    if (page[word] === 0) placed++
    page[word] = segment + 1
    page[word + 1] = ordinal
  }
  const addNew: UnitIndex['addNew'] = (bytes, at, segment, ordinal) => {
    const unit = ids.add(bytes, at)
    relocate(unit, segment, ordinal)
    return unit
  }

  return {
    get size() {
      return ids.size
    },
    get memoryBytes() {
      return held
    },
    get placed() {
      return placed
    },
    find,
    has,
    add(bytes, at, segment, ordinal) {
      const found = find(bytes, at)
      return found >= 0 ? found : addNew(bytes, at, segment, ordinal)
    },
    addNew,
    relocate,
    segmentOf: (unit) => pages[unit >>> pageBits]![(unit & (pageUnits - 1)) * 2]! - 1,
    ordinalOf: (unit) => pages[unit >>> pageBits]![(unit & (pageUnits - 1)) * 2 + 1]!,
  }
}
