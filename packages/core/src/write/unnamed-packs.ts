import { capabilitiesOf } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { CommitPack } from '../format/commit.ts'
import { type ObjectName, packKey } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'

/**
 * Packs whose units this run may have counted on though no commit names them, other than `own`: those of a commit that was removed
 * since, or cannot be read. The next commit names them too, so that it depends on no other (FORMAT.md §14).
 *
 * @throws `not-found` when one of them is gone: what was written may need it.
 */
export async function unnamedPacks(repository: Repository, own: readonly CommitPack[], signal: AbortSignal): Promise<CommitPack[]> {
  const { catalog, provider, unnamed } = repository
  await repository.refreshIfStale({ signal })
  if (unnamed.size === 0) return []
  const ownNames = new Set<ObjectName>(own.map(({ name }) => name))
  const found: CommitPack[] = []
  const names = [...unnamed].filter((name) => !ownNames.has(name)).values()
  const work = async (): Promise<void> => {
    for (const name of names) {
      const { size, tail } = catalog.packs.get(name)!
      const info = await provider.stat(packKey(name), { signal })
      if (info?.size !== size) throw removed(packKey(name))
      found.push({ name, size, tail, toc: null })
    }
  }
  const working = Array.from({ length: capabilitiesOf(provider).concurrency }, () => work())
  for (const result of await Promise.allSettled(working)) if (result.status === 'rejected') throw result.reason
  return found
}

function removed(key: string): BackupError {
  return new BackupError('not-found', `Pack ${key}, on which this backup may have counted, was removed with its snapshot.`, {
    key,
    hint: 'No other snapshot is concerned. Run again: what is missing will be stored anew.',
  })
}
