import { unlessAborted } from './unless-aborted.ts'

/** Runs work that concerns one key after the other; what concerns other keys goes on meanwhile. */
export type Keyed = <T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>) => Promise<T>

export function keyed(): Keyed {
  const last = new Map<string, Promise<unknown>>()
  return async (key, signal, work) => {
    const before = last.get(key) ?? Promise.resolve()
    const turn = before.then(() => undefined)
    const done = unlessAborted(turn, signal, `waiting for ${key}`).then(work)
    // Who left early must not let the next one overtake whom he waited for.
    const both = Promise.allSettled([before, done])
    last.set(key, both)
    void both.then(() => last.get(key) === both && last.delete(key))
    return done
  }
}
