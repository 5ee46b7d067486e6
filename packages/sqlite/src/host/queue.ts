/** Hands items from whoever has them now to whoever asks for them later. One reader. */
export interface Queue<T> extends AsyncIterable<T> {
  push(item: T): void
  end(): void
  /** Ends with an error, at once: items that still wait are of no use any more. */
  fail(error: unknown): void
}

export function createQueue<T extends object>(): Queue<T> {
  const items: T[] = []
  let ended = false
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}

  return {
    push(item) {
      items.push(item)
      wake()
    },
    end() {
      ended = true
      wake()
    },
    fail(error) {
      failure = { error }
      wake()
    },
    async *[Symbol.asyncIterator]() {
      while (true) {
        if (failure) throw failure.error
        const item = items.shift()
        if (item !== undefined) yield item
        else if (ended) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
