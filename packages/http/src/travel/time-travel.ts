import type { Backup, PartReport, Run } from '@backup/core'
import type { TableChangeJson } from '../wire/travel.ts'

/**
 * What looks into databases of snapshots: `sqliteTravel()` of `@backup/sqlite-travel`, or something of your own that does the same.
 * Snapshots have their whole ids.
 */
export interface TimeTravel {
  /** Whether rows can come back. */
  readonly canBringBack: boolean
  tables(backup: Backup, snapshot: string, call: TravelCall): Promise<readonly TravelTable[]>
  /** A page of a table, in the order of its keys. */
  rows(backup: Backup, snapshot: string, request: TravelPageRequest, call: TravelCall): Promise<TravelPage>
  changedTables(backup: Backup, from: string, to: string, call: TravelCall): Promise<readonly TravelTableChange[]>
  changedRows(backup: Backup, from: string, to: string, request: { readonly table: string; readonly limit: number }, call: TravelCall): Promise<TravelRowChanges>
  /** Touches nothing. */
  planRowsBack(backup: Backup, snapshot: string, request: TravelPlanRequest, call: TravelCall): Promise<TravelPlan>
  /** Carries out a plan that `planRowsBack` made, after a snapshot of what is there. */
  bringRowsBack(backup: Backup, plan: TravelPlan, request: TravelAuthority): Run<TravelReport>
}

export interface TravelCall {
  readonly signal?: AbortSignal
}

export type TravelValue = null | number | bigint | string | Uint8Array
export type TravelRow = Readonly<Record<string, TravelValue>>

export interface TravelTable {
  readonly name: string
  readonly kind: 'table' | 'view' | 'virtual'
  readonly columns: readonly { readonly name: string; readonly type: string; readonly key: number }[]
}

export interface TravelPageRequest {
  readonly table: string
  readonly limit: number
  /** Begin with this key, or the next one there is. */
  readonly from?: readonly TravelValue[]
  /** Begin behind this key. */
  readonly after?: readonly TravelValue[]
}

export interface TravelPage {
  readonly table: string
  readonly columns: readonly string[]
  /** Names of what rows are recognised by. */
  readonly key: readonly string[]
  readonly rows: readonly { readonly key: readonly TravelValue[]; readonly row: TravelRow }[]
  readonly isMore: boolean
}

/** Goes over the wire as it is. */
export type TravelTableChange = TableChangeJson

export interface TravelRowChanges {
  readonly columns: readonly string[]
  readonly key: readonly string[]
  readonly changes: readonly (
    | { readonly change: 'added'; readonly after: TravelRow }
    | { readonly change: 'removed'; readonly before: TravelRow }
    | { readonly change: 'changed'; readonly before: TravelRow; readonly after: TravelRow; readonly columns: readonly string[] }
  )[]
  readonly isMore: boolean
}

export interface TravelPlanRequest {
  readonly table: string
  readonly keys: readonly (readonly TravelValue[])[]
  readonly conflict: 'skip' | 'replace'
  readonly absent: 'keep' | 'remove'
}

export interface TravelPlan {
  readonly snapshot: string
  readonly table: string
  readonly rows: readonly {
    readonly key: readonly TravelValue[]
    readonly action: 'insert' | 'replace' | 'skip' | 'same' | 'missing' | 'remove' | 'orphan'
    /** As it was. */
    readonly row?: TravelRow
    readonly now?: TravelRow
    readonly lacks?: readonly string[]
  }[]
  /** Columns that only the snapshot has. */
  readonly leftOut: readonly string[]
  /** Columns that only the live table has. */
  readonly untouched: readonly string[]
}

export interface TravelAuthority {
  readonly actor: string
  readonly reason: string
  readonly acceptSuspect: boolean
}

export interface TravelReport extends PartReport {
  readonly inserted: number
  readonly replaced: number
  readonly removed: number
  readonly left: number
}
