/** How late timers were: what a host application feels of work in its process. */
export interface LoopDelay {
  p99Ms: number
  maxMs: number
}

/**
 * Asks for a turn of the event loop again and again, a millisecond apart, until the returned function is
 * called.
 */
export function watchEventLoop(): () => LoopDelay {
  const lateMs: number[] = []
  let askedMs = performance.now()
  let timer = setTimeout(turn, INTERVAL_MS)

  function turn(): void {
    const nowMs = performance.now()
    lateMs.push(nowMs - askedMs - INTERVAL_MS)
    askedMs = nowMs
    timer = setTimeout(turn, INTERVAL_MS)
  }

  return () => {
    clearTimeout(timer)
    // The turn that did not come any more was late, too.
    lateMs.push(Math.max(0, performance.now() - askedMs - INTERVAL_MS))
    const sorted = lateMs.toSorted((a, b) => a - b)
    return { p99Ms: sorted[Math.floor((sorted.length - 1) * 0.99)] as number, maxMs: sorted.at(-1) as number }
  }
}

const INTERVAL_MS = 1
