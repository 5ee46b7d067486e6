import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LiveDatabase, type SqlValue, bringRowsBack, planRowsBack } from '../src/index.ts'
import { type World, answer, world } from './world.ts'

const shop = `PRAGMA journal_mode = WAL;
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL REFERENCES customers, number TEXT UNIQUE, amount, note BLOB, double AS (amount * 2));
  INSERT INTO customers VALUES (1, 'Ann'), (2, 'Bob');
  INSERT INTO invoices VALUES (10, 1, 'A', 5, x'01'), (11, 1, 'B', 2.0, NULL), (12, 2, 'C', 9007199254740993, ''), (13, 2, 'D', '7', NULL)`

const handles: readonly (readonly [string, (here: World) => LiveDatabase])[] = [
  ['node:sqlite', ({ live }) => live],
  ['better-sqlite3', ({ path }) => closing(new Database(path))],
  ['a function', ({ path }) => {
    const database = closing(new DatabaseSync(path))
    return async (sql, params) => {
      await Promise.resolve()
      return database.prepare(sql).all(...(params as never[])) as never
    }
  }],
]

function closing<Handle extends { close(): unknown }>(handle: Handle): Handle {
  onTestFinished(() => void handle.close())
  return handle
}

describe.each(handles)('through %s', (_, handle) => {
  test('rows that were deleted come back as they were, after a snapshot of what is there', async () => {
    const here = await world(shop)
    const then = await here.backup.run()
    const before = rows(here)
    here.live.exec(`DELETE FROM invoices WHERE id IN (11, 12); UPDATE invoices SET amount = 6 WHERE id = 10`)
    const live = handle(here)
    const plan = await planRowsBack(here.backup, then.id, live, { table: 'invoices', keys: [10, 11, 12, 13, 99] })
    expect(plan.rows.map(({ action }) => action)).toEqual(['skip', 'insert', 'insert', 'same', 'missing'])
    expect(answer(here.live, 'SELECT count(*) AS many FROM invoices')).toEqual([{ many: 2 }])

    const report = await bringRowsBack(here.backup, plan, live, { actor: 'anna', reason: 'a slip' })
    expect(report).toMatchObject({ inserted: 2, replaced: 0, removed: 0, left: 2 })
    expect(rows(here)).toEqual(before.map((row) => (row['id'] === 10 ? { ...row, amount: 6, double: 12 } : row)))
    const safety = (await here.backup.snapshots()).at(-1)!
    expect(safety).toMatchObject({ id: report.safetySnapshot, kind: 'safety', note: `Before rows of "invoices" came back from snapshot ${then.id.slice(0, 12)}` })
    const { entries } = await here.backup.audit()
    expect(entries.at(-1)).toMatchObject({
      action: 'restore', actor: 'anna', reason: 'a slip', subject: [then.id],
      details: { part: { what: 'rows of "invoices"', table: 'invoices', keys: ['11', '12'], rows: 5 }, safety: safety.id },
    })
    expect(answer(await here.restored(safety.id), 'SELECT count(*) AS many FROM invoices')).toEqual([{ many: 2 }])
  })

  test('rows that are others now are replaced where that was asked for', async () => {
    const here = await world(shop)
    const then = await here.backup.run()
    const before = rows(here)
    here.live.exec(`UPDATE invoices SET amount = amount + 1, note = 'x'`)
    const live = handle(here)
    const plan = await planRowsBack(here.backup, then.id, live, { table: 'invoices', keys: [10, 11, 12, 13], conflict: 'replace' })
    expect(await bringRowsBack(here.backup, plan, live)).toMatchObject({ inserted: 0, replaced: 4, left: 0 })
    expect(rows(here)).toEqual(before)
  })

  test('what came back goes again, and what was replaced is as it was before: the way back', async () => {
    const here = await world(shop)
    const then = await here.backup.run()
    here.live.exec(`DELETE FROM invoices WHERE id = 11; UPDATE invoices SET amount = 6 WHERE id = 10`)
    const before = rows(here)
    const live = handle(here)
    const plan = await planRowsBack(here.backup, then.id, live, { table: 'invoices', keys: [10, 11], conflict: 'replace' })
    expect(plan.rows).toMatchObject([{ action: 'replace', now: { amount: 6 } }, { action: 'insert' }])
    const { safetySnapshot } = await bringRowsBack(here.backup, plan, live)
    const undo = await planRowsBack(here.backup, safetySnapshot, live, { table: 'invoices', keys: [10, 11, 99], conflict: 'replace', absent: 'remove' })
    expect(undo.rows.map(({ action }) => action)).toEqual(['replace', 'remove', 'missing'])
    expect(await bringRowsBack(here.backup, undo, live)).toMatchObject({ inserted: 0, replaced: 1, removed: 1 })
    expect(rows(here)).toEqual(before)
  })

  test('when the database refuses one row, none has come', async () => {
    const here = await world(shop)
    const then = await here.backup.run()
    here.live.exec(`DELETE FROM invoices WHERE id IN (11, 12); INSERT INTO invoices VALUES (50, 1, 'C', 1, NULL)`)
    const live = handle(here)
    const plan = await planRowsBack(here.backup, then.id, live, { table: 'invoices', keys: [11, 12] })
    const before = rows(here)
    await expect(bringRowsBack(here.backup, plan, live)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('UNIQUE') })
    expect(rows(here)).toEqual(before)
    expect(here.live.isTransaction).toBe(false)
  })
})

test('a row that refers to one that is not there is an orphan, and is not brought back alone', async () => {
  const here = await world(shop)
  const then = await here.backup.run()
  here.live.exec('DELETE FROM invoices WHERE customer = 2; DELETE FROM customers WHERE id = 2')
  const plan = await planRowsBack(here.backup, then.id, here.live, { table: 'invoices', keys: [12] })
  expect(plan.rows).toMatchObject([{ action: 'orphan', lacks: ['customers (id 2)'] }])
  const snapshots = (await here.backup.snapshots()).length
  expect(() => bringRowsBack(here.backup, plan, here.live)).toThrow(expect.objectContaining({ kind: 'config', message: expect.stringContaining('customers (id 2)') }))
  expect(await here.backup.snapshots()).toHaveLength(snapshots)

  await bringRowsBack(here.backup, await planRowsBack(here.backup, then.id, here.live, { table: 'customers', keys: [2] }), here.live)
  await bringRowsBack(here.backup, await planRowsBack(here.backup, then.id, here.live, { table: 'invoices', keys: [12] }), here.live)
  expect(answer(here.live, 'SELECT amount FROM invoices WHERE id = 12')).toEqual([{ amount: 9007199254740993n }])
})

test('what has changed since the plan was made is found out, and nothing is done', async () => {
  const here = await world(shop)
  const then = await here.backup.run()
  here.live.exec('DELETE FROM invoices WHERE id IN (10, 11)')
  const plan = await planRowsBack(here.backup, then.id, here.live, { table: 'invoices', keys: [10, 11] })
  here.live.exec(`INSERT INTO invoices VALUES (11, 2, 'Z', 1, NULL)`)
  await expect(bringRowsBack(here.backup, plan, here.live)).rejects.toMatchObject({ kind: 'busy' })
  expect(answer(here.live, 'SELECT count(*) AS many FROM invoices WHERE id = 10')).toEqual([{ many: 0 }])
  here.live.exec('BEGIN')
  await expect(bringRowsBack(here.backup, plan, here.live)).rejects.toMatchObject({ kind: 'busy', message: expect.stringContaining('transaction') })
  here.live.exec('ROLLBACK')
})

test('keys of several columns, and rows without any key', async () => {
  const here = await world(`CREATE TABLE pairs (a TEXT, b INTEGER, c, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO pairs VALUES ('x', 1, 'one'), ('x', 2, 'two');
    CREATE TABLE log (text); INSERT INTO log VALUES ('first'), ('second')`)
  const then = await here.backup.run()
  const before = [answer(here.live, 'SELECT * FROM pairs'), answer(here.live, 'SELECT rowid, * FROM log')]
  here.live.exec(`DELETE FROM pairs; DELETE FROM log WHERE rowid = 1; ALTER TABLE log ADD COLUMN level DEFAULT 3`)
  const back = async (table: string, keys: readonly (SqlValue | readonly SqlValue[])[]): Promise<void> => {
    const plan = await planRowsBack(here.backup, then.id, here.live, { table, keys })
    await bringRowsBack(here.backup, JSON.parse(JSON.stringify(plan)), here.live)
  }
  await back('pairs', [['x', 1], ['x', 2]])
  await back('log', [1])
  expect(answer(here.live, 'SELECT * FROM pairs')).toEqual(before[0])
  expect(answer(here.live, 'SELECT rowid, * FROM log')).toEqual(before[1]!.map((row) => ({ ...row, level: 3 })))
  await expect(planRowsBack(here.backup, then.id, here.live, { table: 'pairs', keys: ['x'] })).rejects.toMatchObject({ kind: 'config', key: 'keys' })
  await expect(planRowsBack(here.backup, then.id, here.live, { table: 'none', keys: [1] })).rejects.toMatchObject({ kind: 'not-found' })
})

function rows({ live }: World): ReturnType<typeof answer> {
  return answer(live, 'SELECT *, typeof(amount) AS type FROM invoices ORDER BY id')
}
