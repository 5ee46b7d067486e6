/** What a listing has beside an earlier one. */
export interface ListingChange {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Compares two listings, each in order and with no key twice. A repository of years lists a thousand commits of which one is new: to walk
 * along both costs a tenth of what it costs to look up each.
 */
export function listingChange(before: readonly string[], now: readonly string[]): ListingChange {
  const added: string[] = []
  const removed: string[] = []
  let at = 0
  for (const key of now) {
    while (at < before.length && before[at]! < key) removed.push(before[at++]!)
    if (before[at] === key) at++
    else added.push(key)
  }
  return { added, removed: removed.concat(before.slice(at)) }
}
