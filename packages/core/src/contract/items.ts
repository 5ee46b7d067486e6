/** What people count, beside bytes. */
export type ItemUnit = 'files' | 'rows'

/** How many of them are dealt with in this phase. */
export interface ItemsDone {
  readonly unit: ItemUnit
  readonly done: number
  /** Absent as long as nobody knows. */
  readonly total?: number
}
