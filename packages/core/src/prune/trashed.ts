import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import { type SnapshotInfo, snapshotInfo } from '../read/snapshot.ts'
import type { Repository } from '../repository/repository.ts'
import type { Trashed } from '../repository/trash.ts'

/** A snapshot that was removed and is still there. */
export interface TrashedSnapshot extends SnapshotInfo {
  /** By whom and why, and until when it can be brought back. */
  readonly removed: Trashed
}

/** Oldest first. */
export function trashedSnapshots({ commits, trash }: Repository): TrashedSnapshot[] {
  const found = [...trash].flatMap(([name, removed]) => {
    const commit = commits.get(name)
    return commit ? [{ ...snapshotInfo(name, commit), removed }] : []
  })
  return found.sort((a, b) => a.time.getTime() - b.time.getTime())
}

/**
 * The snapshot in the trash whose id begins so.
 *
 * @throws `not-found` when there is none; `config` when there are several
 */
export function chooseTrashed(repository: Repository, wanted: string): ObjectName {
  const all = trashedSnapshots(repository)
  const [found, second] = all.filter(({ id }) => wanted.length > 0 && id.startsWith(wanted))
  if (found && !second) return found.id
  const message = found ? `"${wanted}" is the beginning of several ids.` : `There is no snapshot "${wanted}" among the ${all.length} in the trash.`
  throw new BackupError(found ? 'config' : 'not-found', message, { key: wanted, hint: 'List what is in the trash and choose one of them.' })
}
