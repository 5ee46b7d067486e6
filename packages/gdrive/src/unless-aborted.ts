import { throwIfAborted } from '@backup/core'

/** Waits for work that others wait for too, and leaves it to them when this signal fires. */
export async function unlessAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  doing: string,
): Promise<T> {
  throwIfAborted(signal, doing)
  if (!signal) return work
  let stop: (() => void) | undefined
  try {
    const stopped = new Promise<undefined>((resolve) => {
      stop = () => resolve(undefined)
      signal.addEventListener('abort', stop, { once: true })
    })
    const result = await Promise.race([work.then((value) => ({ value })), stopped])
    throwIfAborted(result ? undefined : signal, doing)
    return (result as { value: T }).value
  } finally {
    if (stop) signal.removeEventListener('abort', stop)
    work.catch(() => {})
  }
}
