import type { ObjectName } from '../format/names.ts'
import { limits } from './limits.ts'

/** A pack as far as it matters here. */
export interface PackUse {
  readonly name: ObjectName
  readonly size: number
  /** Stored bytes in it that snapshots need. */
  readonly neededBytes: number
  /** It is sealed with the keys of an earlier epoch, which are to be needed for as little as possible. */
  readonly isOutdated: boolean
}

/**
 * Which packs are worth gathering into new ones, that hold only what is needed: many small ones, and those that are mostly waste. None
 * as long as there is little to gain, so that the same data is not copied every day; after a rotation of
 * keys, all that was sealed before.
 *
 * @param packs those that may be gathered: no snapshot names them
 * @param storedBytes of all packs of the repository
 */
export function chooseToGather(packs: readonly PackUse[], storedBytes: number): PackUse[] {
  const chosen = packs.filter(
    ({ size, neededBytes, isOutdated }) =>
      neededBytes > 0 && (isOutdated || neededBytes < limits.smallBytes || neededBytes < size * limits.usefulShare),
  )
  const waste = chosen.reduce((sum, { size, neededBytes }) => sum + size - neededBytes, 0)
  const isWorthIt = chosen.some(({ isOutdated }) => isOutdated) || chosen.length >= limits.manyPacks || (waste >= limits.wasteBytes && waste >= storedBytes * limits.wasteShare)
  return isWorthIt ? chosen : []
}
