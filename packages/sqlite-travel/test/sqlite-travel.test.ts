import { describe, expect, test } from 'vitest'
import { diffTables, sqliteTravel } from '../src/index.ts'
import { keptOpen } from '../src/kept-open.ts'
import { world } from './world.ts'

const shop = `CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price REAL);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO products SELECT i, 'Product ' || i, i / 4.0 FROM n;
  CREATE TABLE pairs (a TEXT, b INTEGER, c, PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO pairs VALUES ('x', 1, 'one'), ('x', 2, 'two'), ('y', 1, 'three');
  CREATE TABLE log (text); INSERT INTO log VALUES ('first'), ('second'); CREATE TABLE old (id INTEGER PRIMARY KEY); CREATE VIEW dear AS SELECT * FROM products`

describe('a page of a table', () => {
  test('goes on behind the last key, and begins with the one that is looked for', async () => {
    const { backup } = await world(shop)
    const { id } = await backup.run()
    const travel = sqliteTravel()
    const first = await travel.rows(backup, id, { table: 'PRODUCTS', limit: 2 })
    expect(first).toEqual({
      table: 'products', columns: ['id', 'name', 'price'], key: ['id'], isMore: true,
      rows: [{ key: [1], row: { id: 1, name: 'Product 1', price: 0.25 } }, { key: [2], row: { id: 2, name: 'Product 2', price: 0.5 } }],
    })
    const keysOf = async (request: Parameters<typeof travel.rows>[2]): Promise<unknown> => (await travel.rows(backup, id, request)).rows.map(({ key }) => key)
    expect(await keysOf({ table: 'products', limit: 2, after: first.rows[1]!.key })).toEqual([[3], [4]])
    // As somebody types it.
    expect(await keysOf({ table: 'products', limit: 5, from: ['499'] })).toEqual([[499], [500]])
    expect(await keysOf({ table: 'pairs', limit: 5, from: ['x', 2] })).toEqual([['x', 2], ['y', 1]])
    expect(await keysOf({ table: 'pairs', limit: 5, from: ['y'] })).toEqual([['y', 1]])
    expect(await travel.rows(backup, id, { table: 'log', limit: 5 })).toMatchObject({ key: ['rowid'], isMore: false, rows: [{ key: [1], row: { text: 'first' } }, { key: [2] }] })
    await expect(travel.rows(backup, id, { table: 'dear', limit: 5 })).rejects.toMatchObject({ kind: 'not-found', key: 'dear' })
    await travel.close()
  })
})

test('tables of two snapshots are compared, and what is different in each is counted', async () => {
  const { backup, live } = await world(shop)
  const { id } = await backup.run()
  live.exec(`DELETE FROM products WHERE id = 7; UPDATE products SET price = 1 WHERE id IN (8, 9); INSERT INTO products VALUES (501, 'Spade', 3);
    DROP TABLE old; CREATE TABLE fresh (id INTEGER PRIMARY KEY); INSERT INTO fresh VALUES (1); INSERT INTO pairs VALUES ('z', 1, NULL)`)
  const next = await backup.run()
  const none = { added: 0, removed: 0, changed: 0 }
  const changes = await diffTables(backup, id, next.id)
  expect(changes.toSorted((a, b) => (a.table < b.table ? -1 : 1))).toEqual([
    { table: 'fresh', change: 'added', rows: { ...none, added: 1 }, isMore: false },
    { table: 'log', change: 'same', rows: none, isMore: false },
    { table: 'old', change: 'removed', rows: none, isMore: false },
    { table: 'pairs', change: 'changed', rows: { ...none, added: 1 }, isMore: false },
    { table: 'products', change: 'changed', rows: { added: 1, removed: 1, changed: 2 }, isMore: false },
  ])
  expect((await diffTables(backup, id, next.id, { countRows: 3 })).find(({ table }) => table === 'products')).toMatchObject({ isMore: true })
  const travel = sqliteTravel()
  const some = await travel.changedRows(backup, id, next.id, { table: 'products', limit: 3 })
  expect([some.changes.length, some.isMore]).toEqual([3, true])
  await travel.close()
})

test('without the live database nothing comes back', async () => {
  const { backup } = await world(shop)
  const { id } = await backup.run()
  const travel = sqliteTravel()
  expect(travel.canBringBack).toBe(false)
  await expect(travel.planRowsBack(backup, id, { table: 'products', keys: [1] })).rejects.toMatchObject({ kind: 'unsupported' })
  await travel.close()
})

describe('what is kept open', () => {
  const thing = (name: string, closed: string[]): { close(): Promise<void> } => ({ close: async () => void closed.push(name) })

  test('is opened once, and the one that was used longest ago is closed for another', async () => {
    const kept = keptOpen<{ close(): Promise<void> }>(2, 60_000)
    const [opened, closed]: [string[], string[]] = [[], []]
    const use = (key: string): Promise<void> => kept.with(key, async () => (opened.push(key), thing(key, closed)), async () => {})
    for (const key of ['a', 'b', 'a', 'c']) await use(key)
    expect([opened, closed]).toEqual([['a', 'b', 'c'], ['b']])
    await kept.close()
    expect(closed.toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('is not closed while somebody uses it, and not used again after a failure', async () => {
    const kept = keptOpen<{ close(): Promise<void> }>(1, 60_000)
    const closed: string[] = []
    let end = (): void => {}
    const long = kept.with('a', async () => thing('a', closed), () => new Promise<void>((done) => (end = done)))
    await expect(kept.with('a', async () => thing('other', closed), () => Promise.reject(new Error('Broken.')))).rejects.toThrow('Broken.')
    await kept.with('b', async () => thing('b', closed), async () => {})
    expect(closed).toEqual([])
    end()
    await long
    expect(closed).toEqual(['a'])
    await kept.close()
    expect(closed).toEqual(['a', 'b'])
  })
})
