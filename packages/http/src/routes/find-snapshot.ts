import { BackupError, type Hold, type StoredSnapshot } from '@backup/core'
import { asJson } from '../route/as-json.ts'
import type { Services } from '../route/services.ts'
import type { SnapshotJson, SnapshotRetentionJson } from '../wire/snapshots.ts'

/** All that is told of snapshots, oldest first. */
export async function describedSnapshots({ backup }: Services, signal: AbortSignal): Promise<readonly SnapshotJson[]> {
  const hasPolicies = backup.settings.retention.length > 0
  const [snapshots, plan, holds] = await Promise.all([
    backup.snapshots({ signal }),
    hasPolicies ? backup.retentionPlan({ signal }).catch(unlessCancelled) : undefined,
    backup.holds({ signal }).catch(unlessCancelled),
  ])
  const reasons = new Map<string, SnapshotRetentionJson>([
    ...(plan?.keep ?? []).map((one): [string, SnapshotRetentionJson] => [one.id, { keep: true, reasons: one.reasons }]),
    ...(plan?.drop ?? []).map((one): [string, SnapshotRetentionJson] => [one.id, { keep: false, reason: one.reason }]),
  ])
  return snapshots.map((snapshot) => described(snapshot, reasons.get(snapshot.id), holds ?? []))
}

/** The one that is meant: `latest`, or the beginning of an id. @throws `not-found`; `config` when there are several */
export function findSnapshot<Snapshot extends { readonly id: string }>(all: readonly Snapshot[], wanted: string): Snapshot {
  const found = wanted === 'latest' ? all.slice(-1) : all.filter(({ id }) => id.startsWith(wanted))
  const [snapshot, second] = found
  if (second) throw new BackupError('config', `"${wanted}" is the beginning of ${found.length} snapshot ids.`, { key: wanted, hint: 'Give more of the id.' })
  if (snapshot) return snapshot
  throw new BackupError('not-found', `There are ${all.length} snapshots, none of them "${wanted}".`, { key: wanted })
}

function described(snapshot: StoredSnapshot, retention: SnapshotRetentionJson | undefined, holds: readonly Hold[]): SnapshotJson {
  const own = holds.filter(({ snapshots }) => snapshots.includes(snapshot.id)).map(({ id }) => id)
  return { ...asJson(snapshot), ...(retention && { retention }), holds: own }
}

/** A record of retention that cannot be read must not hide what can be restored; health tells of it. */
function unlessCancelled(error: unknown): undefined {
  if (BackupError.is(error, 'corrupt', 'config', 'permanent')) return undefined
  throw error
}
