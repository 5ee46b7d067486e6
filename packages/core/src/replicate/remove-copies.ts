import type { CallOptions } from '../contract/provider.ts'
import { type ReplicaGroup, until } from './group.ts'
import type { Replica } from './replica.ts'

/**
 * Removes an object everywhere. From those that are away it is removed as soon as they are back: that is in their outbox before
 * anything is done, and listings pass over it from then on. What is written down as removed need not be in the outbox of those that
 * work: if this is interrupted, a listing comes across it.
 *
 * @throws what kept it from being removed at once, when none of those that work did it; it is removed later all the same
 */
export async function removeCopies(group: ReplicaGroup, key: string, options: CallOptions): Promise<void> {
  const { replicas, outbox, removed } = group
  const signal = until(group, options.signal)
  // What is on its way there is removed after it has arrived.
  const able = replicas.filter(
    ({ id, isAdmitted, breaker, isSlow }) => isAdmitted && breaker.isClosed && !isSlow && !outbox.lacks(id, key),
  )
  const isWritten = removed.has(key)
  for (const replica of replicas) if (!isWritten || !able.includes(replica)) await outbox.addRemovals(replica.id, [key])
  const remove = async (replica: Replica): Promise<void> => {
    try {
      await replica.call((provider) => provider.delete(key, { signal }))
    } catch (error) {
      await outbox.addRemovals(replica.id, [key])
      throw error
    }
    await outbox.removed(replica.id, key)
  }
  const results = await Promise.allSettled(able.map(remove))
  group.deliver()
  const failed = results.find((result) => result.status === 'rejected')
  if (failed && results.every(({ status }) => status === 'rejected')) throw failed.reason
}
