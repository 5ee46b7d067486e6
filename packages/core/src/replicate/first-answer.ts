import type { BackupProvider } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { type ReplicaGroup, until } from './group.ts'
import type { Replica } from './replica.ts'

export interface FirstAnswer<T> {
  readonly value: T
  /** Those that were asked too and do not have it. */
  readonly lacking: readonly Replica[]
}

/** An answer is late when it takes so many times as long as answers usually do. */
const patience = 4

/**
 * Asks one after the other until one has an answer. Who takes much longer than usual is not waited for: the next one is asked at
 * the same time, and whoever is first wins.
 *
 * @throws what kept one from answering; `not-found` only when all could be asked and none has it
 */
export function firstAnswer<T>(
  group: ReplicaGroup,
  inOrder: readonly Replica[],
  caller: AbortSignal | undefined,
  ask: (provider: BackupProvider, signal: AbortSignal) => Promise<T>,
): Promise<FirstAnswer<T>> {
  const { timers, lifeMs } = group
  const outer = until(group, caller)
  const lacking: Replica[] = []
  const underWay = new Map<Replica, AbortController>()
  const overtaken = new Set<Replica>()
  let next = 0
  let failure: unknown
  let timer: unknown

  return new Promise((resolve, reject) => {
    let settled = false
    const settle = (act: () => void): void => {
      if (settled) return
      settled = true
      timers.clearTimeout(timer)
      for (const controller of underWay.values()) {
        controller.abort(new BackupError('cancelled', 'Another copy was quicker.'))
      }
      act()
    }
    const askNext = (): void => {
      timers.clearTimeout(timer)
      if (settled) return
      const replica = inOrder[next++]
      if (!replica) {
        if (underWay.size === 0) settle(() => reject(failure))
        return
      }
      const controller = new AbortController()
      underWay.set(replica, controller)
      replica
        .call((provider) => ask(provider, AbortSignal.any([outer, controller.signal])))
        .then(
          (value) => {
            underWay.delete(replica)
            for (const each of underWay.keys()) if (overtaken.has(each)) each.overtaken()
            settle(() => resolve({ value, lacking }))
          },
          (error: unknown) => {
            underWay.delete(replica)
            if (BackupError.is(error, 'cancelled')) return settle(() => reject(error))
            if (BackupError.is(error, 'not-found')) lacking.push(replica)
            // That one could not be asked says more than that another has nothing.
            if (failure === undefined || !BackupError.is(error, 'not-found')) failure = error
            askNext()
          },
        )
      if (next >= inOrder.length) return
      timer = timers.setTimeout(() => {
        overtaken.add(replica)
        askNext()
      }, Math.max(lifeMs, patience * replica.latencyMs))
    }
    askNext()
  })
}
