import type { BackupBody, JobJson, SnapshotList, SnapshotsQuery } from '@backup/client'
import { useBackupClient } from './provider.tsx'
import { type Fetched, useFetched } from './use-store.ts'

export interface Backups extends Fetched<SnapshotList> {
  /** Fetches the next page. Does nothing when there is none. */
  loadMore(): Promise<void>
  /** Takes a snapshot now. It goes on without this page. @throws a `ClientError` */
  start(body?: BackupBody): Promise<JobJson>
}

/** Snapshots, newest first. @param query `limit` is the size of a page */
export function useBackups(query: SnapshotsQuery = {}): Backups {
  const client = useBackupClient()
  const list = client.snapshots(query)
  return useFetched(list, () => ({
    loadMore: list.loadMore,
    start: (body: BackupBody = {}) => client.call('POST /backups', { body }),
  }))
}
