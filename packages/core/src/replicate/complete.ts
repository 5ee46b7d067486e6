import type { ReplicaGroup } from './group.ts'

/** Says of a provider that it has everything again. */
export interface CompleteNews {
  /** Says nothing any more. */
  stop(): void
}

/** While a run stores one object after the other, one that is a little slower catches up with each of them: that is no news. */
const quietMs = 250

export function completeNews({ replicas, outbox, timers, tell }: Pick<ReplicaGroup, 'replicas' | 'outbox' | 'timers' | 'tell'>): CompleteNews {
  const pending = new Map<string, unknown>()
  let isOver = false
  outbox.whenEmpty((id) => {
    const location = replicas.find((replica) => replica.id === id)?.provider.location
    if (isOver || location === undefined) return
    timers.clearTimeout(pending.get(id))
    const timer = timers.setTimeout(() => {
      pending.delete(id)
      if (outbox.count(id) === 0) tell({ type: 'copies-complete', location })
    }, quietMs)
    // Nobody's process lives on for this.
    ;(timer as { unref?: () => void }).unref?.()
    pending.set(id, timer)
  })
  return {
    stop() {
      isOver = true
      for (const timer of pending.values()) timers.clearTimeout(timer)
    },
  }
}
