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
  const { catalog, commits, provider } = repository
  await repository.refresh({ signal })
  const named = new Set<ObjectName>(own.map(({ name }) => name))
  for (const { packs } of commits.values()) for (const { name } of packs) named.add(name)
  const found: CommitPack[] = []
  for (const { name, size, tail } of catalog.packs.values()) {
    if (named.has(name)) continue
    const info = await provider.stat(packKey(name), { signal })
    if (info?.size !== size) throw removed(packKey(name))
    found.push({ name, size, tail, toc: null })
  }
  return found
}

function removed(key: string): BackupError {
  return new BackupError('not-found', `Pack ${key}, on which this backup counted, was removed with its snapshot while it ran.`, {
    key,
    hint: 'Nothing is wrong with other snapshots. Run again: what is missing will be stored anew.',
  })
}
