/**
 * Asked again and again in a loop over all pages of a stream: when the thread was kept for some milliseconds, the answer
 * is a promise to wait for, and whoever else waits for the thread has his turn. So a host application goes on while
 * millions of pages are looked up.
 *
 * @param every how often it is asked before it looks at the clock, which costs more than to look at a page
 *
 * @example
 * const turn = takingTurns()
 * for (const page of pages) {
 *   look(page)
 *   const others = turn()
 *   if (others) await others
 * }
 */
export function takingTurns(every = 64): () => Promise<void> | undefined {
  let since = performance.now()
  let asked = 0
  return () => {
    if (++asked % every !== 0 || performance.now() - since < longestMs) return undefined
    return nextTurn().then(() => {
      since = performance.now()
    })
  }
}

const longestMs = 4

/** After whatever else is waiting. A timer of zero would sleep for a millisecond or more each time. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (immediate) return void immediate(resolve)
    const { port1, port2 } = new MessageChannel()
    const listener = port1 as unknown as { onmessage: (() => void) | null; close(): void }
    listener.onmessage = (): void => {
      listener.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

const { setImmediate: immediate } = globalThis as { setImmediate?: (callback: () => void) => unknown }
