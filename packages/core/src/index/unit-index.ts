import { idLength } from '../format/unit-id.ts'

/**
 * Which units are stored, and where: open addressing in typed arrays.
 *
 * Ten million units in a `Map` of objects take 1.6 GB and pauses of seconds. Here a unit takes 24 bytes in pages that
 * are never copied, and 8 to 16 bytes in one of 256 small hash tables that grow one by one, so no step takes long.
 */
export interface UnitIndex {
  readonly size: number
  /** Bytes held in typed arrays. */
  readonly memoryBytes: number
  /** The number of the unit whose id is at `at` of `ids`, or -1. */
  find(ids: Uint8Array, at: number): number
  /** Adds a unit, unless it is there, and returns its number. */
  add(ids: Uint8Array, at: number, segment: number, ordinal: number): number
  /** Adds a unit that `find` has just not found. */
  addNew(ids: Uint8Array, at: number, segment: number, ordinal: number): number
  /** Another copy of the unit is to be used from now on. */
  relocate(unit: number, segment: number, ordinal: number): void
  segmentOf(unit: number): number
  ordinalOf(unit: number): number
}

const pageBits = 14
const pageUnits = 1 << pageBits
const shards = 256
/** Ids that are not there are asked for most: a table that is fuller makes them take three times as many looks. */
const fullest = 0.5
const wordsPerUnit = idLength / 4 + 2

export function unitIndex(): UnitIndex {
  // Each unit has six words: four of its id, the segment, the ordinal in the segment.
  const pages: Int32Array[] = []
  const tables: (Uint32Array | undefined)[] = new Array<Uint32Array | undefined>(shards).fill(undefined)
  const counts = new Uint32Array(shards)
  let size = 0
  let tableWords = 0
  let pageWords = 0

  const find = (ids: Uint8Array, at: number): number => {
    const table = tables[ids[at]!]
    if (!table) return -1
    const last = wordAt(ids, at + 12)
    const mask = table.length - 1
    for (let slot = last & mask; table[slot] !== 0; slot = (slot + 1) & mask) {
      const unit: number = table[slot]! - 1
      const page: Int32Array = pages[unit >>> pageBits]!
      const word = (unit & (pageUnits - 1)) * wordsPerUnit
      if (page[word + 3] !== last || page[word] !== wordAt(ids, at)) continue
      if (page[word + 1] === wordAt(ids, at + 4) && page[word + 2] === wordAt(ids, at + 8)) return unit
    }
    return -1
  }

  const place = (table: Uint32Array, unit: number): void => {
    const page = pages[unit >>> pageBits]!
    const mask = table.length - 1
    let slot = page[(unit & (pageUnits - 1)) * wordsPerUnit + 3]! & mask
    while (table[slot] !== 0) slot = (slot + 1) & mask
    table[slot] = unit + 1
  }

  const tableWithRoom = (shard: number): Uint32Array => {
    const table = tables[shard]
    if (table && counts[shard]! < table.length * fullest) return table
    const larger = new Uint32Array(table ? table.length * 2 : 16)
    const length = table?.length ?? 0
    // Not with an iterator: for an array that may be missing it makes an object for each entry.
    for (let slot = 0; slot < length; slot++) if (table![slot] !== 0) place(larger, table![slot]! - 1)
    tableWords += larger.length - length
    tables[shard] = larger
    return larger
  }

  const pageFor = (unit: number): Int32Array => {
    const number = unit >>> pageBits
    const page = pages[number]
    const needed = ((unit & (pageUnits - 1)) + 1) * wordsPerUnit
    if (page && page.length >= needed) return page
    // Many repositories are small, and some are opened often: only the first page grows.
    const units = number > 0 ? pageUnits : Math.min(pageUnits, Math.max(256, unit * 4))
    const larger = new Int32Array(units * wordsPerUnit)
    if (page) larger.set(page)
    pageWords += larger.length - (page?.length ?? 0)
    pages[number] = larger
    return larger
  }

  const addNew = (ids: Uint8Array, at: number, segment: number, ordinal: number): number => {
    const unit = size++
    const page = pageFor(unit)
    const word = (unit & (pageUnits - 1)) * wordsPerUnit
    for (let part = 0; part < 4; part++) page[word + part] = wordAt(ids, at + part * 4)
    page[word + 4] = segment
    page[word + 5] = ordinal
    const shard = ids[at]!
    place(tableWithRoom(shard), unit)
    counts[shard]!++
    return unit
  }

  return {
    get size() {
      return size
    },
    get memoryBytes() {
      return (pageWords + tableWords) * 4
    },
    find,
    add(ids, at, segment, ordinal) {
      const found = find(ids, at)
      return found >= 0 ? found : addNew(ids, at, segment, ordinal)
    },
    addNew,
    relocate(unit, segment, ordinal) {
      const page = pages[unit >>> pageBits]!
      const word = (unit & (pageUnits - 1)) * wordsPerUnit
      page[word + 4] = segment
      page[word + 5] = ordinal
    },
    segmentOf: (unit) => pages[unit >>> pageBits]![(unit & (pageUnits - 1)) * wordsPerUnit + 4]! >>> 0,
    ordinalOf: (unit) => pages[unit >>> pageBits]![(unit & (pageUnits - 1)) * wordsPerUnit + 5]! >>> 0,
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
