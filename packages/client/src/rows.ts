import type { RowKeyJson, RowPageJson } from '@backup/http/wire'
import type { Call } from './call/call.ts'
import { type OwnResource, type Resource, createResource } from './store/resource.ts'
import type { Uses } from './store/store.ts'

/** Which rows of a table as it was. */
export interface RowsQuery {
  /** `latest`, or the beginning of an id. */
  readonly snapshot: string
  readonly table: string
  /** Begins with this key, or the next one there is; the first values of a key will do. @default the first row */
  readonly from?: RowKeyJson
  /** Size of a page, from 1 to 200. @default 50 */
  readonly limit?: number
}

/** Rows in the order of their key, as far as they were fetched, and all of one snapshot: of `latest`, that which the first page came from. */
export interface RowListResource extends Resource<RowPageJson> {
  /** Fetches the next page, or the one that failed. Does nothing when there is none. */
  loadMore(): Promise<void>
}

const largestPage = 200

export function createRowList(call: Call, { snapshot, table, from, limit = 50 }: RowsQuery, uses: Uses): OwnResource<RowPageJson> & RowListResource {
  /** So many rows are to be there, if there are so many. */
  let wanted = limit
  /** `latest` may be another one by now. */
  let isOutdated = true

  const page = (of: string, query: { readonly limit: number; readonly from?: string; readonly after?: string }): Promise<RowPageJson> =>
    call('GET /snapshots/:snapshot/tables/:table/rows', { params: { snapshot: of, table }, query })

  const begin = async (known: RowPageJson | undefined): Promise<RowPageJson> => {
    const first = await page(snapshot, { limit, ...(from && { from: JSON.stringify(from) }) })
    // What a snapshot has never changes.
    return known?.snapshot === first.snapshot ? known : first
  }

  const load = async (): Promise<RowPageJson> => {
    const known = resource.getSnapshot().data
    const wasOutdated = isOutdated
    isOutdated = false
    try {
      let rows = known && !wasOutdated ? known : await begin(known)
      while (rows.isMore && rows.rows.length < wanted) {
        const last = rows.rows.at(-1)
        if (!last) break
        const next = await page(rows.snapshot, { limit: Math.min(largestPage, wanted - rows.rows.length), after: JSON.stringify(last.key) })
        rows = { ...next, rows: [...rows.rows, ...next.rows] }
      }
      return rows
    } catch (error) {
      isOutdated ||= wasOutdated
      throw error
    }
  }

  const resource = createResource(load, { uses })
  return {
    ...resource,
    refresh() {
      isOutdated = true
      return resource.refresh()
    },
    invalidate() {
      isOutdated = true
      resource.invalidate()
    },
    async loadMore() {
      const { data } = resource.getSnapshot()
      if (!data?.isMore) return
      wanted = data.rows.length + limit
      await resource.refresh()
    },
  }
}
