import { idLength } from '../format/unit-id.ts'

/**
 * Numbers for the ids of units, in the order in which they come: open addressing in typed arrays.
 *
 * Ten million units in a `Map` of objects take 1.6 GB and pauses of seconds. Here an id takes 16 bytes in pages that
 * are never copied, and 8 to 16 bytes in one of 256 small hash tables that grow one by one, so no step takes long.
 */
export interface UnitIds {
  /** Numbers are below it. */
  readonly size: number
  /** Bytes held in typed arrays. */
  readonly memoryBytes: number
  /** The number of the id at `at` of `ids`, or -1. */
  find(ids: Uint8Array, at: number): number
  /** Adds an id, unless it is there, and returns its number. */
  add(ids: Uint8Array, at: number): number
  /** Adds an id that `find` has just not found. */
  addNew(ids: Uint8Array, at: number): number
  /** A copy of the id with this number. */
  idOf(number: number): Uint8Array
  /** Writes that id at `at` of `into`. */
  copyId(number: number, into: Uint8Array, at: number): void
  /** A word kept beside an id, if there is room for two. */
  spare(number: number, word: 0 | 1): number
  setSpare(number: number, first: number, second: number): void
}

const pageBits = 14
const pageIds = 1 << pageBits
const shards = 256
/** Ids that are not there are asked for most: a table that is fuller makes them take three times as many looks. */
const fullest = 0.5
const idWords = idLength / 4

/** @param spareWords of 32 bits, to be kept beside each id: whoever finds it has them at hand */
export function unitIds(spareWords: 0 | 2 = 0): UnitIds {
  const wordsPerId = idWords + spareWords
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
      const number: number = table[slot]! - 1
      const page: Int32Array = pages[number >>> pageBits]!
      const word = (number & (pageIds - 1)) * wordsPerId
      if (page[word + 3] !== last || page[word] !== wordAt(ids, at)) continue
      if (page[word + 1] === wordAt(ids, at + 4) && page[word + 2] === wordAt(ids, at + 8)) return number
    }
    return -1
  }

  const place = (table: Uint32Array, number: number): void => {
    const page = pages[number >>> pageBits]!
    const mask = table.length - 1
    let slot = page[(number & (pageIds - 1)) * wordsPerId + 3]! & mask
    while (table[slot] !== 0) slot = (slot + 1) & mask
    table[slot] = number + 1
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

  const pageFor = (number: number): Int32Array => {
    const at = number >>> pageBits
    const page = pages[at]
    const needed = ((number & (pageIds - 1)) + 1) * wordsPerId
    if (page && page.length >= needed) return page
    // Many repositories are small, and some are opened often: only the first page grows.
    const ids = at > 0 ? pageIds : Math.min(pageIds, Math.max(256, number * 4))
    const larger = new Int32Array(ids * wordsPerId)
    if (page) larger.set(page)
    pageWords += larger.length - (page?.length ?? 0)
    pages[at] = larger
    return larger
  }

  const addNew = (ids: Uint8Array, at: number): number => {
    const number = size++
    const page = pageFor(number)
    const word = (number & (pageIds - 1)) * wordsPerId
    for (let part = 0; part < idWords; part++) page[word + part] = wordAt(ids, at + part * 4)
    const shard = ids[at]!
    place(tableWithRoom(shard), number)
    counts[shard]!++
    return number
  }

  const copyId = (number: number, into: Uint8Array, at: number): void => {
    const page = pages[number >>> pageBits]!
    const word = (number & (pageIds - 1)) * wordsPerId
    for (let byte = 0; byte < idLength; byte++) into[at + byte] = page[word + (byte >>> 2)]! >>> ((byte & 3) * 8)
  }

  return {
    get size() {
      return size
    },
    get memoryBytes() {
      return (pageWords + tableWords) * 4
    },
    find,
    add(ids, at) {
      const found = find(ids, at)
      return found >= 0 ? found : addNew(ids, at)
    },
    addNew,
    idOf(number) {
      const id = new Uint8Array(idLength)
      copyId(number, id, 0)
      return id
    },
    copyId,
    spare: (number, word) => pages[number >>> pageBits]![(number & (pageIds - 1)) * wordsPerId + idWords + word]!,
    setSpare(number, first, second) {
      const page = pages[number >>> pageBits]!
      const word = (number & (pageIds - 1)) * wordsPerId + idWords
      page[word] = first
      page[word + 1] = second
    },
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}
