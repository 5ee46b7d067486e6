import { appendFileSync, writeFileSync } from 'node:fs'
import { BackupError, type BackupProvider } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { assert, asyncProperty, constantFrom, integer, record } from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type SnapshotDatabase, openSnapshot } from '../src/index.ts'
import { type World, answer, seeded, world } from './world.ts'

const tables = `
  CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, city, balance REAL, picture BLOB);
  CREATE INDEX by_city ON customers (city, name);
  CREATE TABLE settings (name TEXT, part INTEGER, value, PRIMARY KEY (name, part)) WITHOUT ROWID;
  CREATE TABLE log (text);
  CREATE VIEW rich AS SELECT name, balance FROM customers WHERE balance > 500;
`

function fill({ live }: Pick<World, 'live'>, count: number, seed = 1): void {
  const random = seeded(seed)
  const customer = live.prepare('INSERT INTO customers (name, city, balance, picture) VALUES (?, ?, ?, ?)')
  const setting = live.prepare('INSERT INTO settings VALUES (?, ?, ?)')
  const line = live.prepare('INSERT INTO log VALUES (?)')
  live.exec('BEGIN')
  for (let at = 0; at < count; at++) {
    const picture = random() < 0.2 ? Uint8Array.from({ length: Math.floor(random() * 9000) }, () => Math.floor(random() * 256)) : null
    customer.run(`Name ${Math.floor(random() * 1000)}`, random() < 0.3 ? 'Łódź' : `City ${at % 17}`, random() * 1000, picture)
    setting.run(`key ${at + (seed - 1) * 1000}`, at % 5, random() < 0.5 ? at : `v${'x'.repeat(Math.floor(random() * 200))}`)
    line.run(`line ${at} ${'y'.repeat(Math.floor(random() * 400))}`)
  }
  live.exec('COMMIT')
}

const queries = [
  'SELECT * FROM customers WHERE id = ?1',
  'SELECT * FROM customers WHERE id BETWEEN ?1 AND ?2 ORDER BY id DESC',
  'SELECT count(*), sum(balance), max(length(picture)) FROM customers WHERE id > ?1',
  'SELECT id, city FROM customers INDEXED BY by_city WHERE city > ?3 ORDER BY city, name, id LIMIT 20',
  'SELECT * FROM settings WHERE part = ?1 % 5 ORDER BY name LIMIT ?2 % 50',
  'SELECT rowid, substr(text, 1, ?2 % 30) AS part FROM log WHERE rowid % 7 = ?1 % 7 ORDER BY text LIMIT 30',
  'SELECT c.name, s.value FROM customers AS c JOIN settings AS s ON s.name = \'key \' || c.id ORDER BY c.id LIMIT ?1 % 40',
  'SELECT city, count(*) AS many FROM customers GROUP BY city HAVING many > ?2 % 10 ORDER BY city',
  'SELECT * FROM rich ORDER BY balance LIMIT 5',
]

async function expectSameAnswers(ours: SnapshotDatabase, theirs: Parameters<typeof answer>[0], numRuns: number): Promise<void> {
  const request = record({ sql: constantFrom(...queries), a: integer({ min: -5, max: 500 }), b: integer({ min: 0, max: 500 }), text: constantFrom('', 'City 3', 'Łódź') })
  await assert(
    asyncProperty(request, async ({ sql, a, b, text }) => {
      const highest = Math.max(...[...sql.matchAll(/\?(\d)/g)].map((match) => Number(match[1])), 0)
      const params = [a, b, text].slice(0, highest)
      expect(await ours.query(sql, params)).toEqual(answer(theirs, sql, params))
    }),
    { numRuns, seed: 5 },
  )
}

describe.each([
  ['in WAL mode', 'PRAGMA journal_mode = WAL;'],
  ['with pages of 512 bytes', 'PRAGMA page_size = 512;'],
  ['with pages of 64 KiB', 'PRAGMA page_size = 65536; PRAGMA journal_mode = WAL;'],
  ['that shrinks by itself', 'PRAGMA auto_vacuum = FULL; PRAGMA page_size = 1024;'],
  ['that can be shrunk', 'PRAGMA auto_vacuum = INCREMENTAL;'],
  ['in UTF-16', 'PRAGMA encoding = "UTF-16";'],
])('a database %s', (_, pragmas) => {
  test('answers queries as a restored copy does, now and before', async () => {
    const here = await world(pragmas + tables)
    fill(here, 400)
    const first = await here.backup.run()
    here.live.exec(`DELETE FROM customers WHERE id % 3 = 0; UPDATE settings SET value = 'new' WHERE part = 2; DELETE FROM log WHERE rowid < 100`)
    fill(here, 50, 2)
    const second = await here.backup.run()
    const backup = here.stranger()
    for (const { id } of [first, second]) {
      const database = await openSnapshot(backup, id)
      await expectSameAnswers(database, await here.restored(id), 40)
      expect((await database.tables()).map(({ name, kind, withoutRowid }) => [name, kind, withoutRowid])).toEqual([
        ['customers', 'table', false], ['log', 'table', false], ['rich', 'view', false], ['settings', 'table', true],
      ])
      await database.close()
    }
  })
})

test('values come as they are: large numbers, texts with any character, bytes, nothing', async () => {
  const here = await world(`CREATE TABLE odd (id INTEGER PRIMARY KEY, value);
    INSERT INTO odd (value) VALUES (9007199254740993), (-9223372036854775808), (2.5), (NULL), (x'00ff00'), (char(97, 0, 98)), ('😀'), ('')`)
  await here.backup.run()
  const database = await opened(here)
  expect((await database.query('SELECT value FROM odd ORDER BY id')).map(({ value }) => value)).toEqual([
    9007199254740993n, -9223372036854775808n, 2.5, null, Uint8Array.of(0, 255, 0), 'a\0b', '😀', '',
  ])
  expect(await database.query('SELECT typeof(?) AS a, typeof(?) AS b, ? AS c', [2 ** 40, 0.5, 2n ** 62n])).toEqual([{ a: 'integer', b: 'real', c: 2n ** 62n }])
})

test('a row of a large table is found with a fraction of the bytes, and a second one with nearly none', async () => {
  const here = await world(`CREATE TABLE noise (id INTEGER PRIMARY KEY, bytes BLOB);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) INSERT INTO noise SELECT i, randomblob(1000) FROM n`)
  await here.backup.run()
  const backup = here.stranger()
  Object.assign(here.read, { bytes: 0, requests: 0 })
  const database = await openSnapshot(backup, 'latest')
  const [row] = await database.query('SELECT length(bytes) AS length FROM noise WHERE id = 17000')
  expect(row).toEqual({ length: 1000 })
  const stored = [...here.place.objects.values()].reduce((sum, { length }) => sum + length, 0)
  expect(stored).toBeGreaterThan(30_000_000)
  expect(here.read.bytes).toBeLessThan(3_000_000)
  const before = here.read.bytes
  expect(before).toBeGreaterThan(100_000)
  await database.query('SELECT length(bytes) FROM noise WHERE id = 17001')
  expect(here.read.bytes).toBe(before)
  await database.close()
})

test('what would change something is refused, and so is what makes no sense', async () => {
  const here = await world('CREATE TABLE t (a); INSERT INTO t VALUES (1)')
  await here.backup.run()
  const database = await opened(here)
  await expect(database.query('DELETE FROM t')).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('readonly') })
  await expect(database.query('SELECT b FROM t')).rejects.toMatchObject({ kind: 'config', message: expect.stringContaining('no such column') })
  await expect(database.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ kind: 'config', key: 'sql' })
  await expect(database.query(' -- nothing')).rejects.toMatchObject({ kind: 'config', key: 'sql' })
  await expect(database.query('SELECT ?', ['a\0b'])).rejects.toMatchObject({ kind: 'unsupported' })
  expect(await database.query('SELECT a FROM t')).toEqual([{ a: 1 }])
})

test('what does not begin as a database does is said to be encrypted, or none', async () => {
  const here = await world('CREATE TABLE t (a)', (path) => pageFile(`${path}.sealed`, { pageBytes: 4096 }))
  writeFileSync(`${here.path}.sealed`, Uint8Array.from({ length: 8192 }, (_, at) => (at * 7919) % 251))
  await here.backup.run()
  await expect(openSnapshot(here.stranger(), 'latest')).rejects.toMatchObject({ kind: 'unsupported', message: expect.stringContaining('does not begin as a SQLite database') })
})

test('an empty database has no tables', async () => {
  const here = await world('', (path) => pageFile(`${path}.empty`, { pageBytes: 4096 }))
  appendFileSync(`${here.path}.empty`, '')
  await here.backup.run()
  expect(await (await opened(here)).tables()).toEqual([])
})

test('a damaged pack is named, and nothing wrong is returned', async () => {
  const here = await world(tables)
  fill(here, 3000)
  await here.backup.run()
  const [name, bytes] = [...here.place.objects].filter(([key]) => key.startsWith('packs/')).sort(([, a], [, b]) => b.length - a.length)[0]!
  const damaged = bytes.slice()
  // Every data segment, but neither the header nor the table of contents.
  for (let at = 1000; at < damaged.length * 0.7; at += 5000) damaged[at]! ^= 1
  here.place.objects.set(name, damaged)
  const failure = await openSnapshot(here.stranger(), 'latest').then(
    async (database) => {
      onTestFinished(() => database.close())
      return database.query('SELECT count(*), sum(length(picture)) FROM customers').catch((error: unknown) => error)
    },
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(BackupError)
  expect(failure).toMatchObject({ kind: 'corrupt', key: name })
})

test('a query that is cancelled while it waits ends, and the next one is answered', async () => {
  const here = await world(tables)
  fill(here, 3000)
  await here.backup.run()
  let isSlow = false
  let asked = 0
  const slow = (provider: BackupProvider): BackupProvider => ({
    ...provider,
    async get(key, options) {
      if (isSlow && key.startsWith('packs/')) {
        asked++
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
      return provider.get(key, options)
    },
  })
  const database = await openSnapshot(here.stranger(slow), 'latest', { cacheBytes: 1 << 20 })
  isSlow = true
  const stop = new AbortController()
  const counting = database.query('SELECT sum(length(text)) FROM log', [], { signal: stop.signal })
  await expect.poll(() => asked).toBeGreaterThan(0)
  stop.abort()
  await expect(counting).rejects.toMatchObject({ kind: 'cancelled' })
  isSlow = false
  expect(await database.query('SELECT count(*) AS many FROM log')).toEqual([{ many: 3000 }])
  await database.close()
})

test('a query without end is cancelled too', async () => {
  const here = await world(tables)
  await here.backup.run()
  const database = await opened(here)
  const stop = new AbortController()
  const counting = database.query('WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n', [], { signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  await expect(counting).rejects.toMatchObject({ kind: 'cancelled' })
})

test('several queries take turns; one that is not read to its end, and one that is under way when the database is closed, do no harm', async () => {
  const here = await world(tables)
  fill(here, 2000)
  await here.backup.run()
  const database = await opened(here)
  const [rows, count] = await Promise.all([database.query('SELECT id FROM customers'), database.query('SELECT count(*) AS many FROM log')])
  expect([rows.length, count]).toEqual([2000, [{ many: 2000 }]])
  for await (const row of database.rows('SELECT id FROM customers ORDER BY id')) {
    expect(row).toEqual({ id: 1 })
    break
  }
  const reading = database.rows('SELECT text FROM log')[Symbol.asyncIterator]()
  await reading.next()
  await database.close()
  const rest = async (): Promise<void> => {
    while (!(await reading.next()).done);
  }
  await expect(rest()).rejects.toMatchObject({ kind: 'cancelled' })
})

async function opened(here: World): Promise<SnapshotDatabase> {
  const database = await openSnapshot(here.stranger(), 'latest')
  onTestFinished(() => database.close())
  return database
}
