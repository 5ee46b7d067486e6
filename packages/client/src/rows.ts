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

/** Rows in the order of their key, as far as they were fetched. */
export interface RowListResource extends Resource<RowPageJson> {
  /** Fetches the next page. Does nothing when there is none. */
  loadMore(): Promise<void>
}

export function createRowList(call: Call, { snapshot, table, from, limit = 50 }: RowsQuery, uses: Uses): OwnResource<RowPageJson> & RowListResource {
  let goesOn = false

  const load = async (): Promise<RowPageJson> => {
    const known = goesOn ? resource.getSnapshot().data : undefined
    goesOn = false
    const last = known?.rows.at(-1)
    const query = { limit, ...(last ? { after: JSON.stringify(last.key) } : from && { from: JSON.stringify(from) }) }
    const page = await call('GET /snapshots/:snapshot/tables/:table/rows', { params: { snapshot, table }, query })
    return known ? { ...page, rows: [...known.rows, ...page.rows] } : page
  }

  const resource = createResource(load, { uses })
  return {
    ...resource,
    async loadMore() {
      if (!resource.getSnapshot().data?.isMore) return
      goesOn = true
      await resource.refresh()
    },
  }
}
