import { type Backup, BackupError, type BackupSource, type ConsistencyProof } from '@backup/core'
import type { LiveStore } from '../store/live-store.ts'
import { applicationId, migrations } from '../store/schema.ts'
import type { RestoreNotes } from './restore-notes.ts'

/** A source whose restores take the place of a database that this program has open: closed before, opened again after. */
export function overLiveStore(source: BackupSource, live: LiveStore): BackupSource {
  return {
    ...source,
    async restore(context) {
      if (context.to !== undefined && !(await source.isLive?.(context.to))) return source.restore(context)
      // Asked for the plan too: somebody learns of it before it is begun.
      mustBeOurs(context.proof)
      const sink = await source.restore(context)
      // All that takes long was done before. This program opens it again itself, so nobody has to start anything anew.
      return { ...sink, commit: () => live.whileClosed(async () => ({ ...(await sink.commit()), requiresRestart: false })) }
    },
  }
}

/** Restores hold up writes, from before the safety backup until they are done: nothing can be written that is in neither. */
export function holdingWrites(backup: Backup, live: LiveStore, notes: RestoreNotes): Backup {
  return {
    ...backup,
    restore(snapshot, request = {}) {
      if (request.to !== undefined) return backup.restore(snapshot, request)
      const release = live.holdWrites()
      const begun = notes.begin(snapshot)
      const run = backup.restore(snapshot, request)
      // What cannot be noted must not be begun.
      begun.catch((error: unknown) => run.cancel(String(error)))
      void run
        .catch(() => {})
        .then(() => begun)
        .then(() => notes.end())
        .catch(() => {})
        .finally(release)
      return run
    },
  }
}

/** What the header of the database said when it was backed up. */
function mustBeOurs({ applicationId: owner, userVersion: version }: ConsistencyProof): void {
  if (owner !== applicationId) throw new BackupError('unsupported', 'This backup is not one of Iron Store.', { hint: 'Choose another one.' })
  if (typeof version === 'number' && version <= migrations.length) return
  throw new BackupError('unsupported', 'This backup was made by a newer version of Iron Store.', { hint: 'Install that version first.' })
}
