import { type Backup, BackupError, type CallOptions } from '@backup/core'
import { rowChanges } from './diff-rows.ts'
import { type Both, openBoth } from './open-both.ts'
import type { OpenSnapshotOptions } from './open-snapshot.ts'

/** What became of a table, and of its rows. */
export interface TableChange {
  readonly table: string
  readonly change: 'added' | 'removed' | 'changed' | 'same'
  /** Rows of which it was found out. */
  readonly rows: { readonly added: number; readonly removed: number; readonly changed: number }
  /** Not all were counted. */
  readonly isMore: boolean
  /** Why its rows cannot be compared, in words for people. */
  readonly problem?: string
}

export interface DiffTablesOptions extends OpenSnapshotOptions {
  /** Of each table, so many rows that differ are counted. @default 1000 */
  readonly countRows?: number
}

/**
 * All tables, with what is different in two snapshots. See {@link diffRows} for what it costs.
 *
 * @param from, to `latest`, or the beginning of an id
 *
 * @example
 * for (const { table, change } of await diffTables(backup, 'b2f5', 'latest')) if (change !== 'same') console.log(table)
 */
export async function diffTables(
  backup: Pick<Backup, 'openStream'>,
  from: string,
  to: string,
  { countRows = 1000, ...options }: DiffTablesOptions = {},
): Promise<readonly TableChange[]> {
  const both = await openBoth(backup, from, to, options)
  try {
    return await tableChanges(both, countRows, options.signal ? { signal: options.signal } : {})
  } finally {
    await both.close()
  }
}

export async function tableChanges(both: Both, countRows: number, call: CallOptions): Promise<readonly TableChange[]> {
  const namesIn = async (schema: 'before' | 'main'): Promise<readonly string[]> =>
    (await both.tablesOf(schema, call)).filter(({ kind }) => kind === 'table').map(({ name }) => name)
  const [before, after] = [await namesIn('before'), await namesIn('main')]
  const isIn = (names: readonly string[], name: string): boolean => names.some((one) => one.toLowerCase() === name.toLowerCase())
  const changes: TableChange[] = []
  for (const table of [...after, ...before.filter((name) => !isIn(after, name))]) {
    const counted = await countOf(both, table, countRows, call)
    const differs = counted.isMore || counted.problem !== undefined || Object.values(counted.rows).some((count) => count > 0)
    const change = !isIn(before, table) ? 'added' : !isIn(after, table) ? 'removed' : differs ? 'changed' : 'same'
    changes.push({ table, change, ...counted })
  }
  return changes
}

async function countOf(both: Both, table: string, most: number, call: CallOptions): Promise<Pick<TableChange, 'rows' | 'isMore' | 'problem'>> {
  const rows = { added: 0, removed: 0, changed: 0 }
  let seen = 0
  try {
    for await (const { change } of rowChanges(both, table, call)) {
      if (seen++ === most) return { rows, isMore: true }
      rows[change]++
    }
    return { rows, isMore: false }
  } catch (error) {
    // One table that cannot be compared does not keep the others from being told.
    if (!BackupError.is(error, 'unsupported')) throw error
    return { rows, isMore: false, problem: error.message }
  }
}
