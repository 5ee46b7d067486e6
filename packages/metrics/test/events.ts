import { createBackup, rawKey, type BackupEvent, type Notifier, type SnapshotInfo } from '@backup/core'
import { faultyProvider, memoryProvider, memorySource } from '@backup/core/testing'

/** What core tells between runs and of troubles, as it would. */
const between = { operation: 'replicate', run: 'between', at: 1_000_000 } as const
export const location = 's3:shop/"a\\b"\nc'
const label = 'memory'
const alert = {
  id: 'backup-overdue',
  severity: 'critical',
  title: 't',
  message: 'm',
  action: 'a',
  since: 0,
} as const

const others: readonly BackupEvent[] = [
  { ...between, type: 'provider-away', location, reason: { kind: 'auth', message: 'm', hint: 'h' } },
  { ...between, type: 'provider-back', location },
  { ...between, type: 'provider-away', location, reason: { kind: 'auth', message: 'm', hint: 'h' } },
  { ...between, type: 'copies-missing', location, objects: 7 },
  { ...between, type: 'copy-delivered', location, key: 'k' },
  { ...between, type: 'copies-complete', location },
  { ...between, type: 'copy-healed', location, key: 'k' },
  { ...between, type: 'snapshot-suspect', snapshot: 's', findings: [] },
  { ...between, type: 'alert-raised', label, alert, reminder: false },
  { ...between, type: 'alert-raised', label, alert, reminder: true },
  {
    ...between,
    type: 'alert-raised',
    label,
    alert: { ...alert, id: 'other', severity: 'warning' },
    reminder: false,
  },
  { ...between, type: 'alert-cleared', label, alert: { ...alert, id: 'other', severity: 'warning' } },
]

/**
 * Two backups that succeed, a restore, a backup that fails with `quota`, one that is cancelled, and all of
 * the above.
 */
export async function happen(notifier: Notifier): Promise<{ first: SnapshotInfo; second: SnapshotInfo }> {
  const source = memorySource({ rows: crypto.getRandomValues(new Uint8Array(50_000)) })
  const provider = faultyProvider(memoryProvider(), {})
  const keys = rawKey(new Uint8Array(32).fill(7))
  const backup = createBackup({ source, providers: [provider], keys, notify: [notifier] })
  await backup.init()
  const first = await backup.run()
  const second = await backup.run()
  await backup.restore('latest', { to: 'copy' })
  source.streams.set('rows', crypto.getRandomValues(new Uint8Array(50_000)))
  provider.plan({ put: Array.from({ length: 9 }, () => ({ fault: 'error', kind: 'quota' }) as const) })
  await backup.run().catch(() => {})
  const cancelled = backup.run()
  cancelled.cancel()
  await cancelled.catch(() => {})
  await backup.close()
  for (const event of others) if (notifier.wants?.(event)) await notifier.notify(event, {})
  return { first, second }
}
