import { BackupError } from '../errors.ts'
import type { Commit } from '../format/commit.ts'
import { type ObjectName, timeInKey } from '../format/names.ts'
import type { Repository } from '../repository/repository.ts'
import type { Trashed } from '../repository/trash.ts'

export interface ChosenSnapshot {
  readonly name: ObjectName
  readonly commit: Commit
}

/** All snapshots but those in the trash, oldest first; those of the same moment in the order of their writers' chains. */
export function sortedSnapshots(repository: Repository): ChosenSnapshot[] {
  return [...repository.commits]
    .filter(([name]) => !repository.trash.has(name))
    .map(([name, commit]) => ({ name, commit }))
    .sort((a, b) => a.commit.time.getTime() - b.commit.time.getTime() || a.commit.sequence - b.commit.sequence || (a.name < b.name ? -1 : 1))
}

/** Somebody who asks for the newest must not be given an older one without being told. */
function refuseIfNewerIsDamaged(repository: Repository, newest: ChosenSnapshot | undefined): void {
  for (const [key, error] of repository.damaged) {
    const time = timeInKey(key)
    if (time === undefined || (newest && time < newest.commit.time)) continue
    const other = newest ? `The newest readable one is ${newest.name.slice(0, 12)} of ${newest.commit.time.toISOString()}.` : 'No other is readable.'
    throw new BackupError('corrupt', `The snapshot of ${time.toISOString()} is damaged. ${other}`, {
      key,
      hint: 'Copy the commit back from another copy of the repository, or ask for an older snapshot by its id.',
      cause: error,
    })
  }
}

/**
 * Finds the snapshot that `wanted` means: `latest`, or the beginning of an id.
 *
 * @throws `not-found` when there is none; `config` when there are several.
 */
export function chooseSnapshot(repository: Repository, wanted: string): ChosenSnapshot {
  const all = sortedSnapshots(repository)
  const found = wanted === 'latest' ? all.slice(-1) : all.filter(({ name }) => wanted.length > 0 && name.startsWith(wanted))
  const [snapshot, second] = found
  if (wanted === 'latest') refuseIfNewerIsDamaged(repository, snapshot)
  if (second) throw new BackupError('config', `"${wanted}" is the beginning of ${found.length} snapshot ids.`, { key: wanted, hint: 'Give more of the id.' })
  if (snapshot) return snapshot
  const trashed = [...repository.trash].find(([name]) => wanted.length > 0 && name.startsWith(wanted))
  if (trashed && repository.commits.has(trashed[0])) throw inTrash(...trashed)
  const there = all.length === 0 ? 'The repository has no snapshots yet.' : `There are ${all.length} snapshots, none of them "${wanted}".`
  throw new BackupError('not-found', there, { key: wanted, hint: 'List the snapshots and choose one of them.' })
}

function inTrash(name: ObjectName, { time, until, actor, reason }: Trashed): BackupError {
  const message = `Snapshot ${name.slice(0, 12)} was removed on ${time.toISOString()} by ${actor}: ${reason}`
  return new BackupError('not-found', message, { key: name, hint: `Bring it back with undelete() before ${until.toISOString()}.` })
}
