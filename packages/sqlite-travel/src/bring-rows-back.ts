import { type Backup, BackupError, type CallOptions, type StoredSnapshot } from '@backup/core'
import { type LiveDatabase, type LiveStatement, type LiveWork, inTransaction } from './live-database.ts'
import { type Identity, quoted } from './names.ts'
import { type RowBack, type RowsBackPlan, exact, lacksOf, matching, referencesOf } from './plan-rows-back.ts'
import type { Row, SqlValue } from './row.ts'

export interface BringRowsBackRequest extends CallOptions {
  /** Stands in the note of the snapshot that is taken first. */
  readonly reason?: string
}

/** What was done. Plain data. */
export interface RowsBackReport {
  readonly inserted: number
  readonly replaced: number
  /** Not touched: those that were to stay, and those that were the same. */
  readonly left: number
  /** Id of the snapshot of the live database that was taken before. */
  readonly safety: string
}

/**
 * Carries out a plan: first a snapshot of the live database is taken, then all rows come back in one transaction, or none does.
 *
 * Triggers of the live database see the rows as they see all others.
 *
 * @throws `config` when rows of the plan lack what they refer to; `busy` when the database has changed since the plan was made, or somebody
 * else writes; `permanent` when the database refuses a row
 *
 * @example
 * const plan = await planRowsBack(backup, 'b2f5', store, { table: 'products', keys: [42] })
 * const report = await bringRowsBack(backup, plan, store, { reason: 'deleted by mistake' })
 */
export async function bringRowsBack(
  backup: Pick<Backup, 'run'>,
  plan: RowsBackPlan,
  live: LiveDatabase,
  { reason, signal }: BringRowsBackRequest = {},
): Promise<RowsBackReport> {
  const orphans = plan.rows.filter(({ action }) => action === 'orphan')
  if (orphans.length > 0) {
    throw new BackupError('config', `Row ${keyOf(orphans[0]!)} of "${plan.table}" refers to what is not there: ${orphans[0]!.lacks?.join(', ')}.`, {
      plugin: 'sqlite-travel',
      key: plan.table,
      hint: 'Bring back what it refers to first, or leave it out.',
    })
  }
  const note = `Before rows of "${plan.table}" come back from ${plan.snapshot.slice(0, 12)}${reason === undefined ? '' : `: ${reason}`}`
  const safety: StoredSnapshot = await backup.run({ kind: 'safety', note, ...(signal && { signal }) })
  const counts = await inTransaction(live, () => bring(plan))
  return { ...counts, left: plan.rows.filter(({ action }) => action === 'skip' || action === 'same').length, safety: safety.id }
}

function* bring({ table, identity, rows, snapshot }: RowsBackPlan): LiveWork<Pick<RowsBackReport, 'inserted' | 'replaced'>> {
  const counts = { inserted: 0, replaced: 0 }
  const columns = Object.keys(rows.find(({ row }) => row)?.row ?? {})
  const references = yield* referencesOf(table, new Set(columns))
  for (const back of rows) {
    const { action, key, row } = back
    if (!row || (action !== 'insert' && action !== 'replace')) continue
    const [there] = yield { sql: `SELECT 1 AS found FROM ${quoted(table)} AS t WHERE ${matching(identity)}`, params: key, hasRows: true }
    const lacks = yield* lacksOf(row, references)
    if ((there !== undefined) !== (action === 'replace') || lacks.length > 0) {
      throw new BackupError('busy', `Row ${keyOf(back)} of "${table}" is not as it was when the plan was made. Nothing was changed.`, {
        plugin: 'sqlite-travel',
        key: table,
        hint: `Plan again from snapshot ${snapshot.slice(0, 12)}.`,
      })
    }
    yield action === 'insert' ? insert(table, back, row) : replace(table, identity, back, row)
    counts[action === 'insert' ? 'inserted' : 'replaced']++
  }
  return counts
}

function insert(table: string, back: RowBack, row: Row): LiveStatement {
  const names = Object.keys(row)
  const sql = `INSERT INTO ${quoted(table)} (${names.map(quoted).join(', ')}) VALUES (${names.map((name) => place(back, name)).join(', ')})`
  return { sql, params: valuesOf(back, row, names) }
}

/** Not by deleting it: that would take along what refers to it. */
function replace(table: string, identity: Identity, back: RowBack, row: Row): LiveStatement {
  const names = Object.keys(row).filter((name) => !identity.columns.includes(identity.isRowid ? name : quoted(name)))
  // What is all key is there as soon as its key is.
  if (names.length === 0) return { sql: 'SELECT 1', hasRows: true }
  const sql = `UPDATE ${quoted(table)} AS t SET ${names.map((name) => `${quoted(name)} = ${place(back, name)}`).join(', ')} WHERE ${matching(identity)}`
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
