import { type Backup, BackupError, type BackupSource, type ConsistencyProof, type Run } from '@backup/core'
import type { LiveStore } from '../store/live-store.ts'
import { applicationId, migrations } from '../store/schema.ts'
import { putBack } from './put-back.ts'
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
      let stream = ''
      return {
        ...sink,
        open(asked) {
          stream = asked.name
          return sink.open(asked)
        },
        // All that takes long was done before. This program opens it again itself, so nobody has to start anything anew.
        commit: () =>
          live.whileClosed(async (tryIt) => {
            const place = await sink.commit()
            try {
              tryIt()
            } catch (unfit) {
              throw place.safetyCopy === undefined ? unfit : await putBack({ source, context, stream, safetyCopy: place.safetyCopy }, unfit)
            }
            return { ...place, requiresRestart: false }
          }),
      }
    },
  }
}

/**
 * Restores hold up writes, of everything or of single rows, from before the safety backup until they are done: nothing can be written that
 * is in neither.
 */
export function holdingWrites(backup: Backup, live: LiveStore, notes: RestoreNotes): Backup {
  const held = <Result>(snapshot: string, begin: () => Run<Result>): Run<Result> => {
    const release = live.holdWrites()
    const begun = notes.begin(snapshot)
    let run: Run<Result>
    try {
      run = begin()
    } catch (error) {
      void begun.then((end) => end()).catch(() => {}).finally(release)
      throw error
    }
    // What cannot be noted must not be begun.
    begun.catch((error: unknown) => run.cancel(String(error)))
    void run
      .catch(() => {})
      .then(() => begun)
      .then((end) => end())
      .catch(() => {})
      .finally(release)
    return run
  }
  return {
    ...backup,
    restore: (snapshot, request = {}) =>
      request.to === undefined ? held(snapshot, () => backup.restore(snapshot, request)) : backup.restore(snapshot, request),
    restorePart: (snapshot, request, work) => held(snapshot, () => backup.restorePart(snapshot, request, work)),
  }
}

/** What the header of the database said when it was backed up. */
function mustBeOurs({ applicationId: owner, userVersion: version }: ConsistencyProof): void {
  if (owner !== applicationId) throw new BackupError('unsupported', 'This backup is not one of Iron Store.', { hint: 'Choose another one.' })
  if (typeof version === 'number' && version <= migrations.length) return
  throw new BackupError('unsupported', 'This backup was made by a newer version of Iron Store.', { hint: 'Install that version first.' })
}
