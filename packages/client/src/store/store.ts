import { share } from './share.ts'

/** Something that changes, and tells when it does. Both functions can be passed on as they are, to `useSyncExternalStore` for instance. */
export interface Store<State> {
  /** @returns what ends it */
  readonly subscribe: (listener: () => void) => () => void
  /** The same value, by identity, as long as nothing changed; parts that did not change stay the same as well. */
  readonly getSnapshot: () => State
}

export interface WritableStore<State> extends Store<State> {
  /** Tells nobody when it says the same as before. */
  set(next: State): void
  isUsed(): boolean
}

/** What to do when somebody begins to listen, and when nobody does any more. */
export interface Uses {
  begin?(): void
  end?(): void
}

export function createStore<State>(initial: State, { begin, end }: Uses = {}): WritableStore<State> {
  let state = initial
  const listeners = new Set<() => void>()
  return {
    getSnapshot: () => state,
    isUsed: () => listeners.size > 0,
    set(next) {
      const shared = share(state, next)
      if (shared === state) return
      state = shared
      // Who begins to listen because of this need not be told of it.
      const told = [...listeners]
      for (const listener of told) listener()
    },
    subscribe(listener) {
      // A function of its own for each: the same listener may come twice.
      const own = (): void => listener()
      listeners.add(own)
      if (listeners.size === 1) begin?.()
      return () => {
        if (listeners.delete(own) && listeners.size === 0) end?.()
      }
    },
  }
}
