import { assert, asyncProperty, array, constantFrom, integer, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Row, type RowChange, diffRows } from '../src/index.ts'
import { type World, answer, seeded, world } from './world.ts'

/** By their keys: what is said of each row, as plain as it gets. */
function byHand(before: readonly Row[], after: readonly Row[], key: (row: Row) => string): Map<string, string> {
  const old = new Map(before.map((row) => [key(row), JSON.stringify(row, exactly)]))
  const found = new Map<string, string>()
  for (const row of after) {
    const was = old.get(key(row))
    if (was === undefined) found.set(key(row), 'added')
    else if (was !== JSON.stringify(row, exactly)) found.set(key(row), 'changed')
    old.delete(key(row))
  }
  for (const gone of old.keys()) found.set(gone, 'removed')
  return found
}

const exactly = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? [...value] : typeof value === 'bigint' ? String(value) : value)

async function told(here: World, from: string, to: string, table: string, key: (row: Row) => string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for await (const change of diffRows(here.backup, from, to, { table })) {
    const row = change.change === 'removed' ? change.before : change.after
    // Once, whatever it is.
    expect(found.has(key(row))).toBe(false)
    found.set(key(row), change.change)
  }
  return found
}

const edits = {
  insert: (table: string, a: number) => `INSERT OR IGNORE INTO ${table} (name, value) SELECT 'new ' || ${a} || ' ' || i, hex(randomblob(30)) FROM numbers WHERE i <= ${a % 60}`,
  update: (table: string, a: number, b: number) => `UPDATE ${table} SET value = value || '${b}' WHERE name > 'row ${a}' AND name < 'row ${a}${b % 9}'`,
  enlarge: (table: string, a: number) => `UPDATE ${table} SET value = hex(randomblob(${3000 + a * 10})) WHERE name = 'row ${a}'`,
  remove: (table: string, a: number, b: number) => `DELETE FROM ${table} WHERE name BETWEEN 'row ${a}' AND 'row ${a + b}'`,
  rename: (table: string, a: number) => `UPDATE OR IGNORE ${table} SET name = name || '*' WHERE name = 'row ${a}'`,
  others: () => `UPDATE bystander SET text = text || '!' WHERE id % 50 = 0; DELETE FROM bystander WHERE id BETWEEN 100 AND 160`,
} as const

describe.each([
  ['rows with a number', 'id INTEGER PRIMARY KEY, name TEXT, value', ({ id }: Row) => String(id), ''],
  ['rows with a key of their own', 'name TEXT NOT NULL PRIMARY KEY, value', ({ name }: Row) => String(name), ''],
  ['rows without a number', 'name TEXT PRIMARY KEY, value', ({ name }: Row) => String(name), 'WITHOUT ROWID'],
  ['rows without any key', 'name TEXT, value', ({ rowid }: Row) => String(rowid), ''],
])('%s', (what, columns, key, ending) => {
  test('what was added, removed and changed is told, and nothing else', async () => {
    const step = record({ kind: constantFrom(...(Object.keys(edits) as (keyof typeof edits)[])), a: integer({ min: 1, max: 999 }), b: integer({ min: 0, max: 80 }) })
    const here = await world(`PRAGMA page_size = 1024; ${what.includes('key of') ? 'PRAGMA auto_vacuum = FULL;' : ''}
      CREATE TABLE numbers (i INTEGER PRIMARY KEY); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) INSERT INTO numbers SELECT i FROM n;
      CREATE TABLE t (${columns}) ${ending}; INSERT INTO t (name, value) SELECT 'row ' || i, hex(randomblob(20 + i % 40)) FROM numbers;
      CREATE TABLE bystander (id INTEGER PRIMARY KEY, text); INSERT INTO bystander SELECT i, hex(randomblob(50)) FROM numbers`)
    const select = what.endsWith('any key') ? 'SELECT rowid, * FROM t' : 'SELECT * FROM t'
    let last = { id: (await here.backup.run()).id, rows: answer(here.live, select) }
    let seen = 0
    await assert(
      asyncProperty(array(step, { minLength: 1, maxLength: 3 }), async (steps) => {
        for (const { kind, a, b } of steps) {
          here.live.exec(edits[kind]('t', a, b))
        }
        const next = { id: (await here.backup.run()).id, rows: answer(here.live, select) }
        const expected = byHand(last.rows, next.rows, key)
        seen += expected.size
        expect(await told(here, last.id, next.id, 't', key)).toEqual(expected)
        last = next
      }),
      { numRuns: 8, seed: 3, endOnFailure: true },
    )
    expect(seen).toBeGreaterThan(50)
  })
})

test('of a large table, little is read where little changed', async () => {
  const here = await world(`PRAGMA journal_mode = WAL; CREATE TABLE noise (id INTEGER PRIMARY KEY, bytes BLOB, count INTEGER);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT INTO noise SELECT i, randomblob(1000), 0 FROM n`)
  const from = await here.backup.run()
  here.live.exec('UPDATE noise SET count = 1 WHERE id IN (20, 9000, 29999); DELETE FROM noise WHERE id = 15000; INSERT INTO noise VALUES (30001, x\'00\', 5)')
  const to = await here.backup.run()
  const backup = here.stranger()
  Object.assign(here.read, { bytes: 0, requests: 0 })
  const found: RowChange[] = []
  for await (const change of diffRows(backup, from.id, to.id, { table: 'noise' })) found.push(change)
  expect(found.map(({ change, ...rows }) => [change, (rows as { after?: Row }).after?.['id'] ?? (rows as { before?: Row }).before?.['id']])).toEqual([
    ['changed', 20], ['changed', 9000], ['removed', 15000], ['changed', 29999], ['added', 30001],
  ])
  expect(found[0]).toMatchObject({ columns: ['count'], before: { count: 0 }, after: { count: 1 } })
  // Of some thirty megabytes.
  expect(here.read.bytes).toBeLessThan(12_000_000)
})

test('a value that only looks the same is another one', async () => {
  const here = await world(`CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT COLLATE NOCASE, c REAL); INSERT INTO t VALUES (1, 1, 'x', 1), (2, 'y', 'x', 1), (3, NULL, 'x', 1)`)
  const from = await here.backup.run()
  here.live.exec(`UPDATE t SET a = 1.0 WHERE id = 1; UPDATE t SET b = 'X' WHERE id = 2; UPDATE t SET a = '' WHERE id = 3`)
  const to = await here.backup.run()
  const found: (readonly string[])[] = []
  for await (const change of diffRows(here.backup, from.id, to.id, { table: 't' })) found.push(change.change === 'changed' ? change.columns : [])
  expect(found).toHaveLength(3)
})

test('tables that came, went, or changed their columns', async () => {
  const here = await world(`CREATE TABLE gone (a); INSERT INTO gone VALUES (1); CREATE TABLE wide (id INTEGER PRIMARY KEY, a); INSERT INTO wide VALUES (1, 'x'), (2, 'y')`)
  const from = await here.backup.run()
  here.live.exec(`DROP TABLE gone; CREATE TABLE fresh (a); INSERT INTO fresh VALUES (2), (3); ALTER TABLE wide ADD COLUMN b DEFAULT 7; UPDATE wide SET a = 'z' WHERE id = 2`)
  const to = await here.backup.run()
  const changes = async (table: string): Promise<RowChange[]> => {
    const found: RowChange[] = []
    for await (const change of diffRows(here.backup, from.id, to.id, { table })) found.push(change)
    return found
  }
  expect(await changes('gone')).toEqual([{ change: 'removed', before: { rowid: 1, a: 1 } }])
  expect(await changes('fresh')).toHaveLength(2)
  expect(await changes('wide')).toEqual([{ change: 'changed', before: { id: 2, a: 'y' }, after: { id: 2, a: 'z', b: 7 }, columns: ['a'] }])
  await expect(changes('never')).rejects.toMatchObject({ kind: 'not-found', key: 'never' })
})

test('rows are told apart when everything moved to other pages', async () => {
  const here = await world(`CREATE TABLE t (id INTEGER PRIMARY KEY, a); CREATE TABLE u (id INTEGER PRIMARY KEY, a);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, hex(randomblob(40)) FROM n`)
  const from = await here.backup.run()
  // Pages that the one gives back, the other takes, with the same rows in them.
  here.live.exec('CREATE TEMP TABLE kept AS SELECT * FROM t; DELETE FROM t; INSERT INTO u SELECT * FROM kept; VACUUM')
  const random = seeded(1)
  here.live.exec(`INSERT INTO t SELECT * FROM kept WHERE id % 2 = ${Math.floor(random())}`)
  const to = await here.backup.run()
  expect(await told(here, from.id, to.id, 't', ({ id }) => String(id))).toEqual(byHand(
    answer(here.live, 'SELECT * FROM kept'), answer(here.live, 'SELECT * FROM t'), ({ id }) => String(id),
  ))
})
