import { type Backup, createBackup, fifteenYears, rawKey } from '@backup/core'
import { memoryProvider, memorySource } from '@backup/core/testing'

const hourMs = 3_600_000

/** A repository with so many snapshots, an hour apart, the newest of now. */
export async function backedUp(snapshots: number): Promise<Backup> {
  const data = new Uint8Array(4096)
  const source = memorySource({ 'store.db': data })
  let behindMs = snapshots * hourMs
  const backup = createBackup({
    source,
    providers: [memoryProvider()],
    keys: rawKey(new Uint8Array(32).fill(1)),
    retention: fifteenYears(),
    schedule: { every: '1h' },
    workers: 0,
    clock: () => new Date(Date.now() - behindMs),
  })
  await backup.init()
  for (let n = 0; n < snapshots; n++) {
    behindMs -= hourMs
    data[n % data.length]!++
    await backup.run({ kind: 'scheduled' })
  }
  return backup
}
