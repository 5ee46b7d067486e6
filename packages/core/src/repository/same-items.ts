/** Are these the same objects, in the same order? What was read once, and decoded once, are the same objects from then on. */
export function sameItems<Item>(some: readonly Item[], others: readonly Item[] | undefined): boolean {
  return others !== undefined && some.length === others.length && some.every((item, at) => item === others[at])
}
