import type { ConfirmJson, ConfirmedBody } from './snapshots.ts'

/** A value as a database has it. Whole numbers that no number of JSON can be are text, bytes are base64. */
export type SqlValueJson = null | number | string | { readonly integer: string } | { readonly real: string } | { readonly base64: string }

/** The same for people: of what is long, the beginning, and how long it is. */
export type CellJson = SqlValueJson | { readonly text: string; readonly characters: number } | { readonly base64: string; readonly bytes: number }

/** By the names of columns; of a table without a key that tells its rows apart, also `rowid`. */
export type RowJson = Readonly<Record<string, CellJson>>

/** What a row is recognised by: a value for each of `key`. */
export type RowKeyJson = readonly SqlValueJson[]

export interface TableListJson {
  readonly tables: readonly TableJson[]
}

export interface TableJson {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly key: boolean }[]
}

export interface RowPageQuery {
  /** JSON of a {@link RowKeyJson}, or of the beginning of one: begins with this row, or the next one there is. */
  readonly from?: string
  /** JSON of the key of the last row of the page before. */
  readonly after?: string
  /** From 1 to 200. @default 50 */
  readonly limit?: number
}

export interface RowPageJson {
  /** Whole id of the snapshot. */
  readonly snapshot: string
  readonly table: string
  readonly columns: readonly string[]
  readonly key: readonly string[]
  readonly rows: readonly { readonly key: RowKeyJson; readonly row: RowJson }[]
  readonly isMore: boolean
}

/** `latest`, or beginnings of ids. */
export interface TableDiffQuery {
  readonly from: string
  readonly to: string
}

export interface TableDiffJson {
  readonly tables: readonly TableChangeJson[]
}

export interface TableChangeJson {
  readonly table: string
  readonly change: 'added' | 'removed' | 'changed' | 'same'
  readonly rows: { readonly added: number; readonly removed: number; readonly changed: number }
  /** There are more than were counted. */
  readonly isMore: boolean
  /** Why its rows cannot be compared. */
  readonly problem?: string
}

export interface RowDiffQuery extends TableDiffQuery {
  readonly table: string
  /** From 1 to 1,000. @default 200 */
  readonly limit?: number
}

export interface RowDiffJson {
  readonly columns: readonly string[]
  readonly key: readonly string[]
  readonly changes: readonly RowChangeJson[]
  readonly isMore: boolean
}

export interface RowChangeJson {
  readonly change: 'added' | 'removed' | 'changed'
  readonly key: RowKeyJson
  /** As it was in `from`; absent when it was not there. */
  readonly before?: RowJson
  readonly after?: RowJson
  /** Of `changed`: those that are not the same. */
  readonly columns?: readonly string[]
}

export interface RowPlanBody {
  /** `latest`, or the beginning of an id. */
  readonly snapshot: string
  readonly table: string
  /** 1 to 1,000. */
  readonly keys: readonly RowKeyJson[]
  /** What to do where a row is there and is another one by now. @default 'skip' */
  readonly conflict?: 'skip' | 'replace'
  /** What to do where the snapshot does not have the row. @default 'keep' */
  readonly absent?: 'keep' | 'remove'
}

/** What bringing rows back would do. Touches nothing. */
export interface RowPlanJson {
  readonly snapshot: string
  readonly table: string
  readonly rows: readonly RowBackJson[]
  /** Columns that only the snapshot has, and that are lost. */
  readonly leftOut: readonly string[]
  /** Columns that only the live table has: they get their defaults, or keep what they have. */
  readonly untouched: readonly string[]
  /** The snapshot is believed to be damaged: `acceptSuspect` has to be set. */
  readonly needsAcceptSuspect: boolean
  readonly warnings: readonly string[]
  readonly confirm: ConfirmJson
}

export interface RowBackJson {
  readonly key: RowKeyJson
  /**
   * `insert`: it is gone; `replace`: it is another one now; `skip`: the same, and that one stays; `same`: it is there, as it was; `missing`:
   * the snapshot does not have it; `remove`: the same, and it goes; `orphan`: it refers to what is not there, and does not come back
   */
  readonly action: 'insert' | 'replace' | 'skip' | 'same' | 'missing' | 'remove' | 'orphan'
  /** As it was. */
  readonly then?: RowJson
  /** As it is; absent when it is gone. */
  readonly now?: RowJson
  /** What it refers to and is not there, for people. */
  readonly lacks?: readonly string[]
}

export interface RowRestoreBody extends ConfirmedBody {
  /** From a snapshot that is believed to be damaged; goes into the audit trail. @default false */
  readonly acceptSuspect?: boolean
}

export interface RowRestoreJson {
  readonly table: string
  readonly inserted: number
  readonly replaced: number
  readonly removed: number
  readonly left: number
  /** Asks for the plan that makes these rows what they were before; absent when nothing was done. */
  readonly undo?: RowPlanBody
}
