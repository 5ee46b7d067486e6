import { type Backup, BackupError, type StoredSnapshot } from '@backup/core'

/**
 * The snapshot that somebody means: `latest`, or the beginning of an id.
 *
 * @throws `not-found`, or `config` when there are several
 */
export async function findSnapshot(backup: Backup, wanted: string, signal: AbortSignal): Promise<StoredSnapshot> {
  const all = await backup.snapshots({ signal })
  const found = wanted === 'latest' ? all.slice(-1) : all.filter(({ id }) => id.startsWith(wanted))
  const [only, second] = found
  if (only && !second) return only
  if (second) {
    throw new BackupError('config', `"${wanted}" is the beginning of ${found.length} snapshot ids.`, { key: wanted, hint: 'Give more of the id.' })
  }
  const there = all.length === 0 ? 'There are no snapshots yet.' : `There are ${all.length} snapshots, none of them "${wanted}".`
  throw new BackupError('not-found', there, { key: wanted, hint: 'List the snapshots and choose one of them.' })
}

export const snapshotArgument: readonly [syntax: string, meaning: string] = ['[snapshot]', 'latest, or the beginning of an id; latest when left out']
