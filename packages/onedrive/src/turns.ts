import { throwIfAborted } from '@backup/core'

/** Lets work under one name happen one after the other, and work under different names side by side. */
export type Turns = <T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>

export function turns(): Turns {
  const last = new Map<string, Promise<unknown>>()

  return (name, signal, work) => {
    const before = last.get(name)
    const mine = (async () => {
      if (before) await endOf(before, signal)
      throwIfAborted(signal, `waiting for another put of ${name}`)
      return work()
    })()
    // Whoever stops waiting does not let the next one pass the one that works.
    const all = Promise.allSettled([before, mine])
    last.set(name, all)
    void all.then(() => last.get(name) === all && last.delete(name))
    return mine
  }
}

/** When it has ended, whether it succeeded or not, or the signal fires. */
async function endOf(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  let stop: (() => void) | undefined
  const cancelled = new Promise<void>((resolve) => {
    stop = resolve
    signal?.addEventListener('abort', resolve as () => void, { once: true })
    if (signal?.aborted) resolve()
  })
  await Promise.race([work.catch(() => {}), cancelled])
  if (stop) signal?.removeEventListener('abort', stop)
}
