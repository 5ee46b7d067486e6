import type { BackupProvider, CallOptions, ObjectInfo } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import { type FirstAnswer, firstAnswer } from './first-answer.ts'
import { type ReplicaGroup, admitted } from './group.ts'
import { inOrderOfTrust } from './replica.ts'

/** The object from whoever has it; those that turn out to lack it get it. */
export async function readCopy(
  group: ReplicaGroup,
  key: string,
  options: Parameters<BackupProvider['get']>[1] = {},
): Promise<Uint8Array> {
  return ask(group, key, options, (provider, signal) => provider.get(key, { ...options, signal }))
}

export async function statCopy(
  group: ReplicaGroup,
  key: string,
  options: CallOptions = {},
): Promise<ObjectInfo | undefined> {
  try {
    return await ask(group, key, options, async (provider, signal) => {
      const found = await provider.stat(key, { signal })
      if (found) return found
      throw new BackupError('not-found', `${provider.location} has no ${key}.`, { plugin: provider.name, key })
    })
  } catch (error) {
    if (BackupError.is(error, 'not-found')) return undefined
    throw error
  }
}

async function ask<T>(
  group: ReplicaGroup,
  key: string,
  { signal }: CallOptions,
  call: (provider: BackupProvider, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { damaged, outbox } = group
  const good = admitted(group).filter((replica) => !damaged.get(key)?.has(replica))
  if (good.length === 0) {
    throw new BackupError('corrupt', `Every copy of ${key} is damaged.`, { plugin: 'replicated', key })
  }
  const { value, lacking }: FirstAnswer<T> = await firstAnswer(group, inOrderOfTrust(good), signal, call)
  for (const { id } of lacking) await outbox.add(id, [key])
  if (lacking.length > 0) group.deliver()
  return value
}
