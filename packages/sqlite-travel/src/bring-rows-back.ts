import { type Backup, BackupError, type CallOptions, type PartReport, type Run } from '@backup/core'
import { changedAlong, dependentsOf } from './dependents.ts'
import { type LiveDatabase, type LiveStatement, type LiveWork, inTransaction } from './live-database.ts'
import { type Identity, quoted } from './names.ts'
import { type RowBack, type RowsBackPlan, exact, lacksOf, liveColumns, matching, referencesOf } from './plan-rows-back.ts'
import type { Row, SqlValue } from './row.ts'
import { isSameRow, seenColumns, seenOf } from './seen-row.ts'

/** Who brings rows back, and why, goes into the audit trail. */
export interface BringRowsBackRequest extends CallOptions {
  readonly actor?: string
  readonly reason?: string
  /** Also from a snapshot that is believed to be damaged; needs a reason. @default false */
  readonly acceptSuspect?: boolean
}

/** What was done. Plain data. */
export interface RowsBackReport extends PartReport {
  readonly inserted: number
  readonly replaced: number
  readonly removed: number
  /** Not touched: those that were to stay, and those that were the same. */
  readonly left: number
}

/**
 * Carries out a plan: first a snapshot of the live database is taken, then all rows come back in one transaction, or none does. To plan the
 * same keys from that snapshot, with `conflict: 'replace'` and `absent: 'remove'`, is the way back.
 *
 * Triggers of the live database see the rows as they see all others.
 *
 * @throws `config`, at once, when rows of the plan lack what they refer to; `busy` when one of the rows is not, in any of its columns, as it
 * was when the plan was made, or somebody else writes; `permanent` when the database refuses a row; `corrupt` when the snapshot is believed to
 * be damaged
 *
 * @example
 * const plan = await planRowsBack(backup, 'b2f5', store, { table: 'products', keys: [42] })
 * const report = await bringRowsBack(backup, plan, store, { reason: 'deleted by mistake' })
 */
export function bringRowsBack(
  backup: Pick<Backup, 'restorePart'>,
  plan: RowsBackPlan,
  live: LiveDatabase,
  request: BringRowsBackRequest = {},
): Run<RowsBackReport> {
  const { table, rows, snapshot } = plan
  const orphan = rows.find(({ action }) => action === 'orphan')
  if (orphan) {
    throw new BackupError('config', `Row ${keyOf(orphan)} of "${table}" refers to what is not there: ${orphan.lacks?.join(', ')}.`, {
      plugin: 'sqlite-travel',
      key: table,
      hint: 'Bring back what it refers to first, or leave it out.',
    })
  }
  const details = { table, keys: rows.filter(({ action }) => does[action]).slice(0, keysInTrail).map(keyOf), rows: rows.length }
  return backup.restorePart(snapshot, { ...request, what: `rows of "${table}"`, details }, async () => {
    const counts = await inTransaction(live, () => bring(plan))
    return { ...counts, left: rows.filter(({ action }) => action === 'skip' || action === 'same').length }
  })
}

/** More of them nobody reads. */
const keysInTrail = 100

type Counts = Record<'inserted' | 'replaced' | 'removed', number>

/** What counts as done, by what is to be done. */
const does: Readonly<Partial<Record<RowBack['action'], keyof Counts>>> = { insert: 'inserted', replace: 'replaced', remove: 'removed' }

function* bring(plan: RowsBackPlan): LiveWork<Counts> {
  const { table, identity, rows } = plan
  // All of them before any is written: what triggers make of the others is not somebody else's change.
  yield* refuseChanged(plan)
  yield* refuseUnseen(plan)
  const counts: Counts = { inserted: 0, replaced: 0, removed: 0 }
  for (const back of rows) {
    const { action, row } = back
    const counted = does[action]
    if (!counted) continue
    yield row ? (action === 'insert' ? insert(table, back, row) : replace(table, identity, back, row)) : remove(table, identity, back)
    counts[counted]++
  }
  return counts
}

function* refuseChanged({ table, identity, rows, snapshot }: RowsBackPlan): LiveWork<void> {
  const columns = [...(yield* liveColumns(table))]
  const references = yield* referencesOf(table, new Set(Object.keys(rows.find(({ row }) => row)?.row ?? {})))
  const sql = `SELECT ${seenColumns(columns).join(', ')} FROM ${quoted(table)} AS t WHERE ${matching(identity)}`
  for (const back of rows) {
    const { action, key, row, seen } = back
    if (!does[action]) continue
    const [there] = columns.length === 0 ? [] : yield { sql, params: key, hasRows: true }
    const lacks = row ? yield* lacksOf(row, references) : []
    if (isSameRow(there && seenOf(there, columns), seen) && lacks.length === 0) continue
    throw new BackupError('busy', `Row ${keyOf(back)} of "${table}" is not as it was when the plan was made. Nothing was changed.`, {
      plugin: 'sqlite-travel',
      key: table,
      hint: `Plan again from snapshot ${snapshot.slice(0, 12)}.`,
    })
  }
}

/** What goes along with a row was in no plan, and nobody was shown it. */
function* refuseUnseen({ table, identity, rows }: RowsBackPlan): LiveWork<void> {
  const going = rows.filter(({ action }) => action === 'remove')
  const dependents = going.length > 0 ? yield* dependentsOf(table) : []
  for (const back of going) {
    const child = yield* changedAlong(table, identity, back, going, dependents)
    if (child === undefined) continue
    throw new BackupError('permanent', `Row ${keyOf(back)} of "${table}" cannot be removed: rows of "${child}" refer to it, and would go or change with it. Nothing was changed.`, {
      plugin: 'sqlite-travel',
      key: table,
      hint: `Remove what refers to it from "${child}" first, or leave the row.`,
    })
  }
}

function remove(table: string, identity: Identity, { key }: RowBack): LiveStatement {
  return { sql: `DELETE FROM ${quoted(table)} AS t WHERE ${matching(identity)}`, params: key }
}

/** A constraint may have been declared to replace what is in the way, or to leave the new row out, without a word: not here. */
function insert(table: string, back: RowBack, row: Row): LiveStatement {
  const names = Object.keys(row)
  const sql = `INSERT OR ABORT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map((name) => place(back, name)).join(', ')})`
  return { sql, params: valuesOf(back, row, names) }
}

/** Not by deleting it: that would take along what refers to it. */
function replace(table: string, identity: Identity, back: RowBack, row: Row): LiveStatement {
  const names = Object.keys(row).filter((name) => !identity.columns.includes(identity.isRowid ? name : quoted(name)))
  // What is all key is there as soon as its key is.
  if (names.length === 0) return { sql: 'SELECT 1', hasRows: true }
  const sql = `UPDATE OR ABORT ${quoted(table)} AS t SET ${names.map((name) => `${quoted(name)} = ${place(back, name)}`).join(', ')} WHERE ${matching(identity)}`
  return { sql, params: [...valuesOf(back, row, names), ...back.key] }
}

function valuesOf({ reals = [] }: RowBack, row: Row, names: readonly string[]): readonly SqlValue[] {
  return names.map((name) => exact(row[name]!, reals.includes(name)))
}

/** Drivers may bind what looks whole as a whole number. */
function place({ reals = [] }: RowBack, name: string): string {
  return reals.includes(name) ? 'CAST(? AS REAL)' : '?'
}

function keyOf({ key }: RowBack): string {
  return key.map(String).join(', ')
}
