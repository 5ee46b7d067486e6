import type { CallOptions } from '../contract/provider.ts'
import { BackupError } from '../errors.ts'
import type { ObjectName } from '../format/names.ts'
import { writeRecord } from '../repository/records.ts'
import type { Repository } from '../repository/repository.ts'
import type { Bounds } from '../session/bounds.ts'
import { writerId } from '../write/writer-state.ts'
import { type Deed, readHolds, reasoned } from './holds.ts'

/**
 * Removes snapshots, for now: they are not offered any more, and everything they need is kept until they can no longer be brought back.
 *
 * @returns until when they can
 * @throws `config` without a reason; `permanent` for one that is under hold; `not-found` for one that is not there
 */
export async function throwAway(
  repository: Repository,
  snapshots: readonly ObjectName[],
  { authority, bounds: { undoMs }, record, now }: Deed & { readonly bounds: Bounds },
  call: CallOptions,
): Promise<Date> {
  const { actor, reason } = reasoned(authority, 'remove snapshots')
  const holds = await readHolds(repository, now, call)
  for (const name of snapshots) {
    if (!repository.commits.has(name)) throw new BackupError('not-found', `There is no snapshot ${name.slice(0, 12)}.`, { key: name })
    const hold = holds.find((each) => each.snapshots.includes(name))
    if (hold) {
      throw new BackupError('permanent', `Snapshot ${name.slice(0, 12)} is under hold since ${hold.time.toISOString()}: ${hold.reason}`, {
        key: name,
        hint: `Release hold ${hold.id.slice(0, 12)} first, if that may be.`,
      })
    }
  }
  const until = new Date(now.getTime() + undoMs)
  const body = { commits: snapshots, until: until.toISOString(), actor, reason }
  if (snapshots.length === 0) return until
  await record(snapshots)
  await writeRecord(repository, { class: 'trash', type: 'trash', writer: await writerId(repository), time: now, body }, call)
  await repository.refresh(call)
  return until
}

/**
 * Brings removed snapshots back.
 *
 * @throws `config` without a reason; `not-found` for one that is not in the trash, or for which it is too late
 */
export async function bringBack(
  repository: Repository,
  snapshots: readonly ObjectName[],
  { authority, record, now }: Deed,
  call: CallOptions,
): Promise<void> {
  const { actor, reason } = reasoned(authority, 'bring snapshots back')
  for (const name of snapshots) {
    const trashed = repository.commits.has(name) && repository.trash.get(name)
    if (!trashed) throw new BackupError('not-found', `Snapshot ${name.slice(0, 12)} is not in the trash.`, { key: name })
    // Somebody may be about to remove it for good, and not see that it was brought back.
    if (now < trashed.until) continue
    throw new BackupError('not-found', `Snapshot ${name.slice(0, 12)} could be brought back until ${trashed.until.toISOString()}.`, {
      key: name,
      hint: 'Restore it while it is still there, or take an older or younger one.',
    })
  }
  const body = { commits: snapshots, actor, reason }
  await record(snapshots)
  await writeRecord(repository, { class: 'trash', type: 'untrash', writer: await writerId(repository), time: now, body }, call)
  await repository.refresh(call)
}
