import type { BackupProvider } from '../contract/provider.ts'
import { type ReplicaGroup, readQuorum } from './group.ts'
import type { Replica } from './replica.ts'

export interface Gathered<T> {
  /** What those said that answered in time. */
  readonly answers: ReadonlyMap<Replica, T>
  readonly failures: ReadonlyMap<Replica, unknown>
}

export interface GatherOptions {
  /** How many answers will do. @default the read quorum */
  readonly needed?: number
  /** How long a sign of life may take, in milliseconds. @default that of the group */
  readonly lifeMs?: number
}

/** Who is nearly as quick as the others is waited for: without him, work for later would be made for nothing. */
const leastGraceMs = 50

/**
 * Asks several at once. Resolves when enough have answered and the rest takes twice as long as they did, or when the others have failed
 * or show no sign of life: one that hangs holds nobody up.
 *
 * @param ask calls its second argument whenever something came
 */
export function gather<T>(
  group: ReplicaGroup,
  replicas: readonly Replica[],
  ask: (provider: BackupProvider, alive: () => void) => Promise<T>,
  { needed = readQuorum(group), lifeMs = group.lifeMs }: GatherOptions = {},
): Promise<Gathered<T>> {
  const { timers } = group
  const answers = new Map<Replica, T>()
  const failures = new Map<Replica, unknown>()
  const lastSign = new Map<Replica, number>()
  const startedAt = timers.now()
  let enoughAt: number | undefined
  const asked = reachable(replicas, needed)
  let timer: unknown
  let settled = false

  return new Promise((resolve) => {
    const silent = (): Replica[] =>
      asked.filter((replica) => {
        if (answers.has(replica) || failures.has(replica)) return false
        return replica.isSlow || timers.now() - lastSign.get(replica)! >= lifeMs
      })
    const look = (): void => {
      if (settled) return
      const open = asked.length - answers.size - failures.size
      const mute = silent()
      const now = timers.now()
      if (answers.size >= needed) enoughAt ??= now
      const graceMs = enoughAt === undefined ? Infinity : Math.min(lifeMs, Math.max(leastGraceMs, enoughAt - startedAt))
      const graceLeftMs = enoughAt === undefined ? Infinity : enoughAt + graceMs - now
      const done = open === 0 || graceLeftMs <= 0 || (answers.size > 0 && mute.length === open)
      timers.clearTimeout(timer)
      if (!done) {
        timer = timers.setTimeout(look, Math.min(lifeMs / 4, graceLeftMs))
        return
      }
      settled = true
      if (answers.size < needed) for (const replica of mute) replica.overtaken()
      // In the order in which the replicas are named.
      resolve({ answers: new Map([...answers].sort(([a], [b]) => asked.indexOf(a) - asked.indexOf(b))), failures: new Map(failures) })
    }
    for (const replica of asked) {
      lastSign.set(replica, timers.now())
      replica
        .call((provider) => ask(provider, () => lastSign.set(replica, timers.now())))
        .then(
          (value) => void answers.set(replica, value),
          (error: unknown) => void failures.set(replica, error),
        )
        .finally(look)
    }
    look()
  })
}

/** Those that work, where they are enough; who is left alone for a while is only asked when he is needed. */
function reachable(replicas: readonly Replica[], needed: number): readonly Replica[] {
  const working = replicas.filter(({ breaker }) => breaker.isClosed)
  return working.length >= needed ? working : replicas
}
