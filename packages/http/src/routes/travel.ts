import { BackupError } from '@backup/core'
import { checkShape } from '../body/check-shape.ts'
import { refuse } from '../problem/refusal.ts'
import type { RoutesNamed } from '../route/route.ts'
import type { Services } from '../route/services.ts'
import { job } from '../schema/jobs.ts'
import * as schemas from '../schema/travel.ts'
import { exactly, rowOf, valueOf } from '../travel/cells.ts'
import type { TimeTravel, TravelPlan, TravelReport, TravelRow, TravelValue } from '../travel/time-travel.ts'
import type { JobResultJson } from '../wire/jobs.ts'
import type { RowKeyJson, RowPlanBody } from '../wire/travel.ts'
import { accepted } from './accepted.ts'
import { findSnapshot } from './find-snapshot.ts'
import { refuseSuspect } from './refuse-suspect.ts'

/** Tables as they were, what became of their rows, and single rows on their way back. */
export const travelRoutes: RoutesNamed<
  | 'GET /snapshots/:snapshot/tables'
  | 'GET /snapshots/:snapshot/tables/:table/rows'
  | 'GET /diff/tables'
  | 'GET /diff/rows'
  | 'POST /row-plans'
  | 'POST /row-restores'
> = {
  'GET /snapshots/:snapshot/tables': {
    summary: 'Tables of the database in a snapshot',
    action: 'read',
    answer: { json: schemas.tableList },
    async handle(services, { request: { signal }, params }) {
      const { id } = await snapshotNamed(services, params['snapshot']!, signal)
      const tables = await travelOf(services).tables(services.backup, id, { signal })
      return {
        tables: tables
          .filter(({ kind }) => kind === 'table')
          .map(({ name, columns }) => ({ name, columns: columns.map((column) => ({ name: column.name, type: column.type, key: column.key > 0 })) })),
      }
    },
  },
  'GET /snapshots/:snapshot/tables/:table/rows': {
    summary: 'A page of a table as it was, in the order of its key',
    action: 'restore',
    query: schemas.rowPageQuery,
    answer: { json: schemas.rowPage },
    async handle(services, { request: { signal }, params, query: { from, after, limit = 50 } }) {
      const { id } = await snapshotNamed(services, params['snapshot']!, signal)
      const where = { ...(from !== undefined && { from: keyIn(from) }), ...(after !== undefined && { after: keyIn(after) }) }
      const page = await travelOf(services).rows(services.backup, id, { table: params['table']!, limit, ...where }, { signal })
      const { table, columns, key, isMore } = page
      return { snapshot: id, table, columns, key, rows: page.rows.map((one) => ({ key: one.key.map(exactly), row: rowOf(one.row) })), isMore }
    },
  },
  'GET /diff/tables': {
    summary: 'What is different between two snapshots, table by table',
    action: 'read',
    query: schemas.tableDiffQuery,
    answer: { json: schemas.tableDiff },
    async handle(services, { request: { signal }, query: { from, to } }) {
      const [before, after] = await twoSnapshots(services, from, to, signal)
      return { tables: await travelOf(services).changedTables(services.backup, before, after, { signal }) }
    },
  },
  'GET /diff/rows': {
    summary: 'The rows of a table that are not the same in two snapshots',
    action: 'restore',
    query: schemas.rowDiffQuery,
    answer: { json: schemas.rowDiff },
    async handle(services, { request: { signal }, query: { from, to, table, limit = 200 } }) {
      const [before, after] = await twoSnapshots(services, from, to, signal)
      const { columns, key, changes, isMore } = await travelOf(services).changedRows(services.backup, before, after, { table, limit }, { signal })
      const keyOf = (row: TravelRow): RowKeyJson => key.map((name) => exactly(row[name] ?? null))
      return {
        columns,
        key,
        changes: changes.map((one) => ({
          change: one.change,
          key: keyOf(one.change === 'added' ? one.after : one.before),
          ...(one.change !== 'added' && { before: rowOf(one.before) }),
          ...(one.change !== 'removed' && { after: rowOf(one.after) }),
          ...(one.change === 'changed' && { columns: one.columns }),
        })),
        isMore,
      }
    },
  },
  'POST /row-plans': {
    summary: 'What bringing rows back would do; touches nothing',
    action: 'restore',
    body: schemas.rowPlanBody,
    answer: { json: schemas.rowPlan },
    status: 201,
    async handle(services, { request: { signal }, body, caller: { actor } }) {
      const { id, suspect } = await snapshotNamed(services, body.snapshot, signal)
      const { table, keys, conflict = 'skip', absent = 'keep' } = body
      const request = { table, keys: keys.map((key) => key.map(valueOf)), conflict, absent }
      const plan = await travelOf(services).planRowsBack(services.backup, id, request, { signal })
      return {
        snapshot: id,
        table: plan.table,
        rows: plan.rows.map(({ key, action, row, now, lacks }) => ({
          key: key.map(exactly),
          action,
          ...(row && { then: rowOf(row) }),
          ...(now && { now: rowOf(now) }),
          ...(lacks && { lacks }),
        })),
        leftOut: plan.leftOut,
        untouched: plan.untouched,
        needsAcceptSuspect: suspect !== undefined,
        warnings: warningsOf(plan, suspect),
        confirm: services.confirmations.issue('rows', actor, { plan }),
      }
    },
  },
  'POST /row-restores': {
    summary: 'Bring back the rows that were planned',
    action: 'restore',
    body: schemas.rowRestoreBody,
    answer: { json: job },
    status: 202,
    problems: ['confirm-stale', 'confirm-used', 'suspect'],
    async handle(services, { request, body: { token, reason, acceptSuspect = false }, caller: { actor } }) {
      const { backup, confirmations, jobs, settings } = services
      const { plan } = confirmations.look('rows', actor, token)
      if (!acceptSuspect) await refuseSuspect(services, plan.snapshot, request.signal)
      const travel = travelOf(services)
      if (plan.rows.some(({ action }) => action === 'orphan')) throw orphans(plan)
      return confirmations.carryOut('rows', actor, token, (_, begun) => {
        const run = travel.bringRowsBack(backup, plan, { actor, reason, acceptSuspect })
        begun(run.id)
        const part = `rows of "${plan.table}"`
        return accepted(settings, jobs.adopt(run, { operation: 'restore', actor, reason, request, part, resultOf: (report) => resultOf(plan, report) }))
      })
    },
  },
}

/** @throws `unsupported` */
function travelOf({ settings: { travel } }: Services): TimeTravel {
  if (travel) return travel
  throw new BackupError('unsupported', 'Nothing here looks into databases of snapshots.', { hint: 'Give the handler option "travel": sqliteTravel() of @backup/sqlite-travel.' })
}

async function snapshotNamed({ backup }: Services, wanted: string, signal: AbortSignal): Promise<{ readonly id: string; readonly suspect?: readonly string[] }> {
  return findSnapshot(await backup.snapshots({ signal }), wanted)
}

async function twoSnapshots({ backup }: Services, from: string, to: string, signal: AbortSignal): Promise<readonly [string, string]> {
  const all = await backup.snapshots({ signal })
  return [findSnapshot(all, from).id, findSnapshot(all, to).id]
}

/** @throws `invalid` */
function keyIn(text: string): readonly TravelValue[] {
  let key: unknown
  try {
    key = JSON.parse(text)
  } catch {
    throw refuse('invalid', 'A key is JSON: a list of values.', { errors: [{ at: '#', message: text }] })
  }
  return (checkShape(schemas.rowKey, key) as RowKeyJson).map(valueOf)
}

function warningsOf({ leftOut, rows }: TravelPlan, suspect: readonly string[] | undefined): readonly string[] {
  const lacking = rows.filter(({ action }) => action === 'orphan').flatMap(({ lacks = [] }) => lacks)
  return [
    ...(suspect ? [`It is believed to be damaged: ${suspect.join('; ')}`] : []),
    ...(leftOut.length > 0 ? [`The table has no ${leftOut.join(', ')} any more: what was there is lost.`] : []),
    ...(lacking.length > 0 ? [`What a row refers to is not there: ${[...new Set(lacking)].join(', ')}. Bring that back first.`] : []),
  ]
}

function orphans({ table }: TravelPlan): BackupError {
  return new BackupError('config', `A row of "${table}" refers to what is not there.`, { key: table, hint: 'Bring back first what it refers to, or leave it out.' })
}

function resultOf(plan: TravelPlan, { inserted, replaced, removed, left, safetySnapshot }: TravelReport): JobResultJson {
  const touched = plan.rows.filter(({ action }) => action === 'insert' || action === 'replace' || action === 'remove')
  const undo: RowPlanBody | undefined = touched.length === 0 ? undefined : { snapshot: safetySnapshot, table: plan.table, keys: touched.map(({ key }) => key.map(exactly)), conflict: 'replace', absent: 'remove' }
  return { of: 'rows', rows: { table: plan.table, inserted, replaced, removed, left, ...(undo && { undo }) } }
}
