import type { SnapshotJson, SnapshotListQuery } from '@backup/http/wire'
import type { Call } from './call/call.ts'
import { type OwnResource, type Resource, createResource } from './store/resource.ts'
import type { Uses } from './store/store.ts'

/** Snapshots, newest first, as far as they were fetched. */
export interface SnapshotList {
  readonly snapshots: readonly SnapshotJson[]
  /** All that fit the query. */
  readonly total: number
  readonly hasMore: boolean
}

export interface SnapshotListResource extends Resource<SnapshotList> {
  /** Fetches the next page. Does nothing when there is none. */
  loadMore(): Promise<void>
}

/** `limit` is the size of a page. */
export type SnapshotsQuery = SnapshotListQuery

const largestPage = 1000

export function createSnapshotList(call: Call, { limit = 100, ...query }: SnapshotsQuery, uses: Uses): OwnResource<SnapshotList> & SnapshotListResource {
  let wanted = limit

  const load = async (): Promise<SnapshotList> => {
    const snapshots: SnapshotJson[] = []
    for (let before = query.before; ; ) {
      const page = await call('GET /snapshots', {
        query: { ...query, ...(before !== undefined && { before }), limit: Math.min(largestPage, wanted - snapshots.length) },
      })
      snapshots.push(...page.snapshots)
      before = page.next
      const hasMore = before !== undefined
      if (!hasMore || snapshots.length >= wanted) return { snapshots, total: page.total, hasMore }
    }
  }

  const resource = createResource(load, { uses })
  return {
    ...resource,
    async loadMore() {
      if (!resource.getSnapshot().data?.hasMore) return
      wanted += limit
      await resource.refresh()
    },
  }
}
