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

describe('a change that nobody was shown', () => {
  const changes = {
    'of a value': `UPDATE invoices SET amount = 77 WHERE id = 10`,
    'of a type alone': `UPDATE invoices SET amount = 6.0 WHERE id = 10`,
    'far behind the point': `UPDATE invoices SET amount = 0.1 + 0.2 WHERE id = 13`,
    'of a whole number that no number can be': `UPDATE invoices SET amount = 9007199254740993 WHERE id = 12`,
    'behind a NUL': `UPDATE invoices SET number = 'C' || char(0) || 'y' WHERE id = 12`,
    'of a blob': `UPDATE invoices SET note = x'02' WHERE id = 10`,
    'to nothing': `UPDATE invoices SET note = NULL WHERE id = 10`,
    'of a row that goes': `UPDATE invoices SET amount = 1 WHERE id = 60`,
    'by removing a row': `DELETE FROM invoices WHERE id = 10`,
    'by removing a row that goes': `DELETE FROM invoices WHERE id = 60`,
    'by adding a row': `INSERT INTO invoices VALUES (11, 2, 'Z', 1, NULL)`,
  } as const
  const moments = ['since the plan', 'since the safety snapshot'] as const
  const cases = moments.flatMap((moment) => Object.entries(changes).map(([change, sql]) => [moment, change, sql] as const))
  const edited = `DELETE FROM invoices WHERE id = 11;
    UPDATE invoices SET amount = 6, note = x'0100' WHERE id = 10;
    UPDATE invoices SET amount = 9007199254740992, number = 'C' || char(0) || 'x' WHERE id = 12;
    UPDATE invoices SET amount = 0.3 WHERE id = 13;
    INSERT INTO invoices VALUES (60, 1, 'N', 4, NULL), (61, 1, 'O', 4, NULL)`

  /** Rows are planned, and come back; in between, at this moment, somebody else does something. */
  const meanwhile = async (moment: (typeof moments)[number], sql: string): Promise<{ here: World; done: unknown; after: ReturnType<typeof answer> }> => {
    const here = await world(shop)
    const then = await here.backup.run()
    here.live.exec(edited)
    const own = closing(new DatabaseSync(here.path))
    const plan = await planRowsBack(here.backup, then.id, own, { table: 'invoices', keys: [10, 11, 12, 13, 60], conflict: 'replace', absent: 'remove' })
    expect(plan.rows.map(({ action }) => action)).toEqual(['replace', 'insert', 'replace', 'replace', 'remove'])
    if (moment === 'since the plan') here.live.exec(sql)
    let after: ReturnType<typeof answer> = []
    const live: LiveDatabase = (statement, params) => {
      if (statement.startsWith('BEGIN')) {
        if (moment === 'since the safety snapshot') here.live.exec(sql)
        after = rows(here)
      }
      return own.prepare(statement).all(...(params as never[])) as never
    }
    return { here, done: await bringRowsBack(here.backup, plan, live).catch((error: unknown) => error), after }
  }

  test.each(cases)('%s, %s: nothing is done, and it stays', async (moment, _, sql) => {
    const { here, done, after } = await meanwhile(moment, sql)
    expect(done).toMatchObject({ kind: 'busy', message: expect.stringContaining('not as it was when the plan was made') })
    expect(rows(here)).toEqual(after)
  })

  test.each(moments)('%s, of a row that is not in the plan: it stays, and all that is replaced is in the safety snapshot', async (moment) => {
    const { here, done, after } = await meanwhile(moment, 'UPDATE invoices SET amount = 3 WHERE id = 61')
    expect(done).toMatchObject({ inserted: 1, replaced: 3, removed: 1 })
    const kept = await here.restored((done as { safetySnapshot: string }).safetySnapshot)
    const somewhere = [...rows(here), ...rows({ live: kept })]
    expect(after).toHaveLength(5)
    for (const row of after) expect(somewhere).toContainEqual(row)
  })

  test('of a column that only the live table has is found out too, and so is a column that came', async () => {
    const here = await world(shop)
    const then = await here.backup.run()
    here.live.exec(`ALTER TABLE invoices ADD COLUMN paid; INSERT INTO invoices VALUES (60, 1, 'N', 4, NULL, 0)`)
    const plan = await planRowsBack(here.backup, then.id, here.live, { table: 'invoices', keys: [60], absent: 'remove' })
    here.live.exec('UPDATE invoices SET paid = 1 WHERE id = 60')
    await expect(bringRowsBack(here.backup, plan, here.live)).rejects.toMatchObject({ kind: 'busy' })
    const again = await planRowsBack(here.backup, then.id, here.live, { table: 'invoices', keys: [60], absent: 'remove' })
    here.live.exec(`ALTER TABLE invoices ADD COLUMN remark DEFAULT 'kept'`)
    await expect(bringRowsBack(here.backup, again, here.live)).rejects.toMatchObject({ kind: 'busy' })
    expect(answer(here.live, 'SELECT paid, remark FROM invoices WHERE id = 60')).toEqual([{ paid: 1, remark: 'kept' }])
  })
})

test('what a trigger makes of another row of the plan is not taken for somebody else\'s change', async () => {
  const here = await world(`${shop}; CREATE TRIGGER numbered AFTER UPDATE ON invoices WHEN new.id = 10 BEGIN UPDATE invoices SET note = 'by trigger' WHERE id = 11; END`)
  const then = await here.backup.run()
  here.live.exec('UPDATE invoices SET amount = 0 WHERE id IN (10, 11)')
  const plan = await planRowsBack(here.backup, then.id, here.live, { table: 'invoices', keys: [10, 11], conflict: 'replace' })
  expect(await bringRowsBack(here.backup, plan, here.live)).toMatchObject({ replaced: 2 })
})

describe('a row that others refer to is not removed when they would go or change with it', () => {
  const tables = (action: string): string => `CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, above REFERENCES customers ON DELETE CASCADE);
    CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer DEFAULT 0 REFERENCES customers ON DELETE ${action}, amount); INSERT INTO customers VALUES (0, 'nobody', NULL), (1, 'Ann', NULL)`
  const removal = async (here: World, keys: readonly number[], run: (live: LiveDatabase) => LiveDatabase = (live) => live): Promise<unknown> => {
    const [then] = await here.backup.snapshots()
    const plan = await planRowsBack(here.backup, then!.id, here.live, { table: 'customers', keys, absent: 'remove' })
    expect(plan.rows.map(({ action }) => action)).toEqual(keys.map(() => 'remove'))
    return bringRowsBack(here.backup, plan, run(here.live)).catch((error: unknown) => error)
  }

  test.each(['CASCADE', 'SET NULL', 'SET DEFAULT', 'NO ACTION'])('in another table, also when they came after the safety snapshot: %s', async (action) => {
    const here = await world(tables(action))
    await here.backup.run()
    here.live.exec(`INSERT INTO customers VALUES (2, 'Bob', NULL)`)
    let came = 0
    const done = await removal(here, [2], () => (sql, params) => {
      if (sql.startsWith('BEGIN')) came += Number(here.live.prepare('INSERT INTO invoices VALUES (7, 2, 100)').run().changes)
      return here.live.prepare(sql).all(...(params as never[])) as never
    })
    expect(came).toBe(1)
    expect(done).toMatchObject({ kind: 'permanent', message: expect.stringMatching(/rows of "invoices"|FOREIGN KEY/) })
    expect(answer(here.live, 'SELECT i.*, name FROM invoices AS i JOIN customers AS c ON c.id = customer')).toEqual([{ id: 7, customer: 2, amount: 100, name: 'Bob' }])
    here.live.exec('DELETE FROM invoices')
    expect(await removal(here, [2])).toMatchObject({ removed: 1 })
  })

  test('in the same table, unless they go as well', async () => {
    const here = await world(tables('CASCADE'))
    await here.backup.run()
    here.live.exec(`INSERT INTO customers VALUES (2, 'Bob', 1), (3, 'Cid', 2), (4, 'Dan', 3)`)
    expect(await removal(here, [2, 3])).toMatchObject({ kind: 'permanent', message: expect.stringContaining('Row 3 of "customers"') })
    expect(answer(here.live, 'SELECT count(*) AS many FROM customers')).toEqual([{ many: 5 }])
    expect(await removal(here, [2, 3, 4])).toMatchObject({ removed: 3 })
    expect(answer(here.live, 'SELECT id FROM customers')).toEqual([{ id: 0 }, { id: 1 }])
  })
})

test('a row that is in the way of one that comes back is not replaced, whatever the table would do by itself', async () => {
  const here = await world(`CREATE TABLE names (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, name UNIQUE ON CONFLICT REPLACE); INSERT INTO names VALUES (1, 'a'), (2, 'b')`)
  const then = await here.backup.run()
  for (const edit of [`DELETE FROM names WHERE id = 1; INSERT INTO names VALUES (3, 'a')`, `INSERT INTO names VALUES (1, 'c')`]) {
    here.live.exec(edit)
    const plan = await planRowsBack(here.backup, then.id, here.live, { table: 'names', keys: [1], conflict: 'replace' })
    const before = answer(here.live, 'SELECT * FROM names')
    await expect(bringRowsBack(here.backup, plan, here.live)).rejects.toMatchObject({ kind: 'permanent', message: expect.stringContaining('UNIQUE') })
    expect(answer(here.live, 'SELECT * FROM names')).toEqual(before)
  }
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

function rows({ live }: Pick<World, 'live'>): ReturnType<typeof answer> {
  return answer(live, 'SELECT *, typeof(amount) AS type FROM invoices ORDER BY id')
}
