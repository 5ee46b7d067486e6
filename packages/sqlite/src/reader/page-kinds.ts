/**
 * What the first bytes of each page say it is, one byte a page: the type of a b-tree page
 * (https://sqlite.org/fileformat2.html#b_tree_pages), zero for what is none. Overflow pages and free ones hold anything, also what looks
 * like a b-tree page; only who knows what a page should be can tell whether it is damaged.
 */
export const kinds = {
  none: 0x00,
  interiorIndex: 0x02,
  interiorTable: 0x05,
  leafIndex: 0x0a,
  leafTable: 0x0d,
  /** A type of a b-tree page, but what follows cannot be. */
  broken: 0x80,
} as const

/** Adds up what the header and the list of cells say. Reads no cell. */
export function kindOf(bytes: Uint8Array, page: number, usable: number, isFirst: boolean): number {
  const head = page + (isFirst ? firstPageHead : 0)
  const type = bytes[head]!
  if (type !== kinds.leafTable && type !== kinds.leafIndex && type !== kinds.interiorTable && type !== kinds.interiorIndex) return kinds.none
  const cells = word(bytes, head + 3)
  const freeblock = word(bytes, head + 1)
  // Zero stands for 65,536.
  const content = ((word(bytes, head + 5) - 1) & 0xffff) + 1
  const list = head - page + (isInterior(type) ? 12 : 8)
  const fits = list + 2 * cells <= content && content <= usable && (freeblock === 0 || (freeblock >= content && freeblock <= usable - 4))
  if (!fits) return type | kinds.broken
  for (let cell = 0, at = page + list; cell < cells; cell++, at += 2) {
    const pointer = word(bytes, at)
    if (pointer < content || pointer > usable - 4) return type | kinds.broken
  }
  return type
}

export function isInterior(kind: number): boolean {
  return kind === kinds.interiorTable || kind === kinds.interiorIndex
}

/** The first page begins with the header of the database. */
export const firstPageHead = 100

export function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function double(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}
