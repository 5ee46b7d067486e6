import type { BackupProvider, CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { nameInKey } from '../format/names.ts'
import { nameOf, putConfirmed } from '../repository/objects.ts'
import { goodCopy } from './deliver.ts'
import { gather } from './gather.ts'
import { type ReplicaGroup, admitted, until } from './group.ts'
import { type Replica, inOrderOfTrust } from './replica.ts'

/** A whole object may come over a slow line. */
const bodyLifeMs = 30_000

/**
 * Replaces the copies of an object that are not what its name says.
 *
 * @returns whether there is a good copy now, and reading returns it
 */
export async function healCopies(group: ReplicaGroup, key: string, options: CallOptions): Promise<boolean> {
  const { crypto, outbox, damaged, tell } = group
  const signal = until(group, options.signal)
  const expected = nameInKey(key)
  const replicas = admitted(group)
  const good = expected === undefined ? undefined : await goodCopy(inOrderOfTrust(replicas), crypto, key, signal)
  if (!good || expected === undefined) return false
  const look = async (provider: BackupProvider): Promise<'good' | 'damaged' | 'missing'> => {
    try {
      return nameOf(crypto, await provider.get(key, { signal })) === expected ? 'good' : 'damaged'
    } catch (error) {
      if (BackupError.is(error, 'not-found')) return 'missing'
      throw error
    }
  }
  const { answers } = await gather(group, replicas, look, { needed: replicas.length, lifeMs: bodyLifeMs })
  const bad = new Set<Replica>()
  for (const [replica, found] of answers) {
    if (found === 'missing') await outbox.add(replica.id, [key])
    if (found !== 'damaged') continue
    let isRemoved = false
    try {
      await replica.call((provider) => provider.delete(key, { signal }))
      isRemoved = true
      await replica.call((provider) => putConfirmed(provider, key, good, expected, { signal }))
      tell({ type: 'copy-healed', location: replica.provider.location, key })
    } catch (error) {
      if (isRemoved) await outbox.add(replica.id, [key])
      // It keeps its copy, which is not read any more.
      else bad.add(replica)
      if (BackupError.is(error, 'cancelled')) throw error
    }
  }
  if (bad.size > 0) damaged.set(key, bad)
  else damaged.delete(key)
  group.deliver()
  return true
}
