/**
 * Does the work for one item after the other, in their order, and begins so many before the first of them is taken. When one fails, that
 * is thrown in its turn, and those under way are waited for.
 */
export async function* ahead<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const begun: Promise<Result>[] = []
  try {
    for await (const item of items) {
      const result = work(item)
      // It is thrown when its turn has come, which may be never.
      result.catch(() => {})
      begun.push(result)
      if (begun.length >= most) yield await begun.shift()!
    }
    while (begun.length > 0) yield await begun.shift()!
  } finally {
    await Promise.allSettled(begun)
  }
}
