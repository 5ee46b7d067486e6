import type { ObjectName } from '../format/names.ts'

/** A pack as far as it matters here. */
export interface PackUse {
  readonly name: ObjectName
  readonly size: number
  /** Stored bytes in it that snapshots need. */
  readonly neededBytes: number
}

const MiB = 2 ** 20

/** A pack with less in it than this is small: a quarter of a full one. */
const smallBytes = 4 * MiB
/** Of a pack of which less than this is needed, the rest is waste. */
const usefulShare = 0.75
/** So many small packs are gathered into few. */
const manyPacks = 16
/** Waste is worth the work when it is that much, and that share of everything. */
const wasteBytes = 4 * MiB
const wasteShare = 0.1

/**
 * Which packs are worth gathering into new ones, that hold only what is needed: many small ones, and those that are mostly waste. None
 * as long as there is little to gain, so that the same data is not copied every day.
 *
 * @param packs those that may be gathered: no snapshot names them
 * @param storedBytes of all packs of the repository
 */
export function chooseToGather(packs: readonly PackUse[], storedBytes: number): PackUse[] {
  const chosen = packs.filter(({ size, neededBytes }) => neededBytes > 0 && (neededBytes < smallBytes || neededBytes < size * usefulShare))
  const waste = chosen.reduce((sum, { size, neededBytes }) => sum + size - neededBytes, 0)
  const isWorthIt = chosen.length >= manyPacks || (waste >= wasteBytes && waste >= storedBytes * wasteShare)
  return isWorthIt ? chosen : []
}
