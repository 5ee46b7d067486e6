/**
 * Does the work for every item, so many at a time, and returns the results in the order of the items. When one fails, none is begun
 * any more, those under way are waited for, and the first failure is thrown.
 */
export async function severalAtATime<Item, Result>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const entries = items.entries()
  let failed = false
  const workOff = async (): Promise<void> => {
    for (const [at, item] of entries) {
      if (failed) return
      try {
        results[at] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const workers = Array.from({ length: Math.min(most, items.length) }, () => workOff())
  for (const outcome of await Promise.allSettled(workers)) if (outcome.status === 'rejected') throw outcome.reason
  return results
}
