import { unlessAborted } from './time.ts'

interface Running<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  waiting: number
}

/**
 * Makes a function that runs once for all who call it meanwhile. Each may leave by its own signal; the signal
 * that the call itself gets fires when the last one has left.
 *
 * @param doing completes "Cancelled while …"
 */
export function sharedCall<A, T>(
  call: (argument: A, signal: AbortSignal) => Promise<T>,
  doing: string,
): (argument: A, signal?: AbortSignal) => Promise<T> {
  let running: Running<T> | undefined

  const forget = (one: Running<T>): void => {
    if (running === one) running = undefined
  }
  const start = (argument: A): Running<T> => {
    const abort = new AbortController()
    const one: Running<T> = { result: call(argument, abort.signal), abort, waiting: 0 }
    one.result.then(
      () => forget(one),
      () => forget(one),
    )
    return one
  }

  return async (argument, signal) => {
    const one = (running ??= start(argument))
    one.waiting += 1
    try {
      return await unlessAborted(one.result, signal, doing)
    } finally {
      one.waiting -= 1
      if (one.waiting === 0) {
        forget(one)
        one.abort.abort()
      }
    }
  }
}
