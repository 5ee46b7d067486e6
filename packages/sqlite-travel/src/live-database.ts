import { BackupError } from '@backup/core'
import type { Row, SqlValue } from './row.ts'

/**
 * The application's own database: a handle of `better-sqlite3`, or of `node:sqlite`, through which nothing else is done in between; or a
 * function that runs one statement after the other on one connection that is left to it meanwhile.
 */
export type LiveDatabase = LiveHandle | LiveDriver

export interface LiveHandle {
  prepare(sql: string): { all(...params: never[]): unknown[]; run(...params: never[]): unknown }
}

/** @returns the rows of a statement that has any */
export type LiveDriver = (sql: string, params: readonly SqlValue[]) => readonly Row[] | Promise<readonly Row[]>

/** Work on a database, told statement by statement: where a driver can do without waiting, it is done without waiting. */
export type LiveWork<Result> = Generator<LiveStatement, Result, readonly Row[]>

export interface LiveStatement {
  readonly sql: string
  readonly params?: readonly SqlValue[]
  readonly hasRows?: boolean
}

/**
 * Does the work in one transaction: all of it, or nothing.
 *
 * @throws `busy` when the connection is in a transaction already, or somebody else writes; what the work throws
 */
export function inTransaction<Result>(live: LiveDatabase, work: () => LiveWork<Result>): Promise<Result> {
  return carryOut(live, transaction(work))
}

export async function carryOut<Result>(live: LiveDatabase, work: LiveWork<Result>): Promise<Result> {
  if (typeof live !== 'function') return carryOutAtOnce(live, work)
  let next = work.next()
  while (!next.done) {
    const { sql, params = [] } = next.value
    let rows: readonly Row[]
    try {
      rows = await live(sql, params)
    } catch (error) {
      next = work.throw(error)
      continue
    }
    next = work.next(rows)
  }
  return next.value
}

/** In one go: the application cannot do anything in between with the handle that it shares. */
function carryOutAtOnce<Result>(handle: LiveHandle, work: LiveWork<Result>): Result {
  let next = work.next()
  while (!next.done) {
    const { sql, params = [], hasRows = false } = next.value
    let rows: readonly Row[] = []
    try {
      const statement = handle.prepare(sql)
      if (hasRows) rows = statement.all(...(params as never[])) as Row[]
      else statement.run(...(params as never[]))
    } catch (error) {
      next = work.throw(error)
      continue
    }
    next = work.next(rows)
  }
  return next.value
}

function* transaction<Result>(work: () => LiveWork<Result>): LiveWork<Result> {
  try {
    yield { sql: 'BEGIN IMMEDIATE' }
  } catch (cause) {
    throw new BackupError('busy', `No transaction can be begun in the live database: ${messageOf(cause)}.`, { plugin: 'sqlite-travel', cause })
  }
  try {
    // Rows that refer to one another may come in any order.
    yield { sql: 'PRAGMA defer_foreign_keys = ON' }
    const result = yield* work()
    yield { sql: 'COMMIT' }
    return result
  } catch (cause) {
    try {
      yield { sql: 'ROLLBACK' }
    } catch {
      // SQLite did that by itself.
    }
    if (BackupError.is(cause)) throw cause
    throw new BackupError('permanent', `The live database does not take the rows: ${messageOf(cause)}. Nothing was changed.`, {
      plugin: 'sqlite-travel',
      hint: 'Another row may have what must be there only once, or a trigger or constraint refuses them.',
      cause,
    })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
