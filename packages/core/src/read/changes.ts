import type { CallOptions } from '../contract/provider.ts'
import type { BackupSource } from '../contract/source.ts'
import { BackupError, throwIfAborted } from '../errors.ts'
import type { Repository } from '../repository/repository.ts'
import { type ChosenSnapshot, sortedSnapshots } from './choose.ts'
import { type SnapshotDifference, compareSnapshots } from './compare.ts'

/**
 * What going back to a snapshot changes in the live data, as far as its newest snapshot knows them: from that one to the chosen one.
 *
 * @returns nothing where that cannot be told: a restore that can be planned is not to fail for it
 */
export async function changesBy(
  repository: Repository,
  { name, label }: Pick<BackupSource, 'name' | 'label'>,
  chosen: ChosenSnapshot,
  call: CallOptions,
): Promise<SnapshotDifference | undefined> {
  const newest = sortedSnapshots(repository).findLast(({ commit: { source } }) => source.name === name && source.label === label)
  if (!newest) return undefined
  try {
    return await compareSnapshots(repository, newest, chosen, call)
  } catch (error) {
    throwIfAborted(call.signal, 'planning')
    if (!BackupError.is(error)) throw error
    return undefined
  }
}
