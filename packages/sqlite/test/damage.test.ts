import { closeSync, copyFileSync, openSync, readFileSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { sqlite } from '../src/index.ts'
import { type Snapshot, findingsIn, openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'

/** A database that was damaged is backed up all the same, for it may be all there is; but nobody takes it for a sound one. */

const pageBytes = 4096

/** Two tables with indexes of several levels, free pages and overflow pages; no log. */
function makeDatabase(path: string): void {
  const database = openDatabase(path, rows(4000, 120))
  database.exec(`CREATE INDEX by_text ON t (text);
    CREATE TABLE large (id INTEGER PRIMARY KEY, body BLOB);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) INSERT INTO large SELECT i, zeroblob(30000) FROM n;
    CREATE TABLE gone (body BLOB); INSERT INTO gone SELECT zeroblob(200000); DROP TABLE gone;`)
  database.close()
}

const rootOf = (path: string, name: string): number => Number((query(path, `SELECT rootpage FROM sqlite_schema WHERE name = '${name}'`)[0] as { rootpage: number }).rootpage)

/** The child of an inner page that is the so-manieth. */
function childOf(path: string, page: number, ordinal: number): number {
  const bytes = readFileSync(path)
  const start = (page - 1) * pageBytes
  return bytes.readUInt32BE(start + bytes.readUInt16BE(start + 12 + 2 * ordinal))
}

function write(path: string, page: number, offset: number, bytes: Uint8Array): void {
  const file = openSync(path, 'r+')
  writeSync(file, bytes, 0, bytes.length, (page - 1) * pageBytes + offset)
  closeSync(file)
}

const damages: Readonly<Record<string, readonly [damage: (path: string) => void, finding: RegExp]>> = {
  'a leaf of a table that is blank': [(path) => write(path, childOf(path, rootOf(path, 't'), 3), 0, new Uint8Array(pageBytes)), /is no page of a table or index/],
  'a flipped bit in the type of a leaf': [(path) => write(path, childOf(path, rootOf(path, 't'), 3), 0, Uint8Array.of(0x0f)), /is no page of a table or index/],
  'a flipped bit in the number of cells': [(path) => write(path, childOf(path, rootOf(path, 't'), 3), 3, Uint8Array.of(0x40)), /damaged header or list of cells/],
  'a flipped bit in the list of cells': [(path) => write(path, childOf(path, rootOf(path, 't'), 3), 10, Uint8Array.of(0x00, 0x03)), /damaged header or list of cells/],
  'a leaf of a table that is one of an index': [(path) => write(path, childOf(path, rootOf(path, 't'), 3), 0, Uint8Array.of(0x0a)), /belongs to a tree of another kind/],
  'a root that is blank': [(path) => write(path, rootOf(path, 'by_text'), 0, new Uint8Array(pageBytes)), /schema refers, is no page/],
  'an inner page that refers beyond the end': [
    (path) => write(path, rootOf(path, 't'), 8, Uint8Array.of(0, 0xff, 0xff, 0xff)),
    /refers to page 16777215, which there is not/,
  ],
  'two inner pages that refer to the same leaf': [
    (path) => {
      const first = childOf(path, rootOf(path, 't'), 3)
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setUint32(0, first)
      write(path, rootOf(path, 't'), 8, bytes)
    },
    /to which something else refers too/,
  ],
  'a list of free pages that leads nowhere': [(path) => write(path, 1, 32, Uint8Array.of(0, 0xff, 0, 0)), /list of free pages refers to page \d+, which there is not/],
  'a list of free pages that is shorter than it says': [(path) => write(path, 1, 36, Uint8Array.of(0, 0, 0, 1)), /list of free pages has \d+ pages, and its header says 1/],
  'a page in use among the free ones': [
    (path) => {
      const trunk = readFileSync(path).readUInt32BE(32)
      const bytes = new Uint8Array(4)
      new DataView(bytes.buffer).setUint32(0, rootOf(path, 'by_text'))
      write(path, trunk, 8, bytes)
    },
    /to which something else refers too/,
  ],
  'an end that is missing': [(path) => truncateSync(path, Math.floor(statSync(path).size / pageBytes / 2) * pageBytes), /SQLite says: .*malformed/],
  'a header that tells of more pages than there are': [(path) => write(path, 1, 28, Uint8Array.of(0, 1, 0, 0)), /SQLite says: .*malformed/],
  'a header that tells of fewer pages than are in use': [
    (path) => write(path, 1, 28, Uint8Array.of(0, 0, 0, 20)),
    /refers to page \d+, which there is not|SQLite says/,
  ],
  'a schema that makes no sense': [
    (path) => {
      const bytes = readFileSync(path)
      bytes.write('CREATE NONSENSE', bytes.lastIndexOf('CREATE TABLE t', pageBytes))
      writeFileSync(path, bytes)
    },
    /SQLite says: .*malformed/,
  ],
}

describe('a damaged database is backed up, and is suspect:', () => {
  test.each(Object.entries(damages))('%s', async (_, [damage, finding]) => {
    using place = workspace()
    const path = place.file('store.db')
    makeDatabase(path)
    damage(path)
    const damaged = await takeSnapshot(sqlite(path, { mode: 'direct' }), place.scratch)
    expect(damaged.proof.suspect).toMatch(finding)
    expect(damaged.proof.complete).toBe(true)
    expectSameBytes(damaged, path)
  })

  test.each(['a leaf of a table that is blank', 'an end that is missing'])('in a copy, too: %s', async (name) => {
    using place = workspace()
    const path = place.file('store.db')
    makeDatabase(path)
    damages[name]![0](path)
    const damaged = await takeSnapshot(sqlite(path, { mode: 'copy' }), place.scratch)
    expect([damaged.proof.mode, damaged.proof.suspect]).toEqual(['copy', expect.stringMatching(damages[name]![1])])
  })

  test('with the other driver, an end that is missing', async () => {
    using place = workspace()
    const path = place.file('store.db')
    makeDatabase(path)
    truncateSync(path, 20 * pageBytes)
    const damaged = await takeSnapshot(sqlite(path, { mode: 'direct', driver: 'better-sqlite3' }), place.scratch)
    expect(damaged.proof.suspect).toMatch(/SQLite says: .*malformed/)
  })
})

test('damage is remembered as long as nothing changes, and found again when something else does', async () => {
  using place = workspace()
  const path = place.file('store.db')
  makeDatabase(path)
  write(path, childOf(path, rootOf(path, 't'), 3), 0, new Uint8Array(pageBytes))
  const first = await takeSnapshot(sqlite(path), place.scratch)
  const second = await takeSnapshot(sqlite(path), place.scratch, { last: first })
  expect([second.pages, second.proof.suspect]).toEqual([0, first.proof.suspect])
  const database = openDatabase(path, 'UPDATE large SET body = zeroblob(29000) WHERE id = 3')
  database.close()
  const third = await takeSnapshot(sqlite(path), place.scratch, { last: second })
  expect(third.pages).toBeGreaterThan(0)
  expect(third.proof.suspect).toBe(first.proof.suspect)
})

test('a database that was repaired is not suspect any more', async () => {
  using place = workspace()
  const path = place.file('store.db')
  makeDatabase(path)
  copyFileSync(path, place.file('good.db'))
  write(path, childOf(path, rootOf(path, 't'), 3), 0, new Uint8Array(pageBytes))
  const bad = await takeSnapshot(sqlite(path), place.scratch)
  expect(bad.proof).toHaveProperty('suspect')
  writeFileSync(path, readFileSync(place.file('good.db')))
  expect((await takeSnapshot(sqlite(path), place.scratch, { last: bad })).proof).not.toHaveProperty('suspect')
})

describe('a healthy database is not suspect', () => {
  const shapes: Readonly<Record<string, string>> = {
    'an empty one': 'PRAGMA user_version = 1',
    'pages of 512 bytes': `PRAGMA page_size = 512; VACUUM; ${rows(3000, 200)} CREATE INDEX i ON t (text)`,
    'pages of 65,536 bytes': `PRAGMA page_size = 65536; VACUUM; ${rows(3000, 200)} CREATE INDEX i ON t (text)`,
    'a log': `PRAGMA journal_mode = WAL; ${rows(3000, 200)} CREATE INDEX i ON t (text); DELETE FROM t WHERE id % 3 = 0`,
    'full automatic vacuum': `PRAGMA auto_vacuum = FULL; VACUUM; ${rows(5000, 200)} CREATE INDEX i ON t (text); DELETE FROM t WHERE id % 3 = 0`,
    'incremental vacuum': `PRAGMA auto_vacuum = INCREMENTAL; VACUUM; ${rows(5000, 200)} DELETE FROM t WHERE id > 2000; PRAGMA incremental_vacuum(5)`,
    'tables without row ids': `CREATE TABLE w (a TEXT PRIMARY KEY, b BLOB) WITHOUT ROWID;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO w SELECT 'key ' || i, randomblob(200) FROM n; CREATE INDEX wi ON w (b)`,
    'full text search': `CREATE VIRTUAL TABLE f USING fts5(a); ${rows(2000, 200)} INSERT INTO f SELECT text FROM t; DELETE FROM f WHERE rowid % 7 = 0`,
    'an R tree': `CREATE VIRTUAL TABLE r USING rtree(id, a, b);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO r SELECT i, i, i + 1 FROM n`,
    'free pages of many kinds': `${rows(20_000, 200)} CREATE INDEX i ON t (text); CREATE TABLE b (x BLOB); INSERT INTO b SELECT randomblob(500000); DROP INDEX i; DELETE FROM t WHERE id > 100; DROP TABLE b`,
    'views, triggers and a long schema': `${rows(10, 10)} CREATE VIEW v AS SELECT * FROM t; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; ${Array.from({ length: 100 }, (_, i) => `CREATE TABLE "table with a rather long name, number ${i}, ${'x'.repeat(i)}" (a, b, c /* ${'y'.repeat(i * 9)} */)`).join(';')}`,
    'rows that no check would allow': `CREATE TABLE c (a INTEGER CHECK (a > 0)); PRAGMA ignore_check_constraints = 1; INSERT INTO c VALUES (-1)`,
    'UTF-16': `PRAGMA encoding = 'UTF-16le'; ${rows(2000, 200)} CREATE INDEX i ON t (text)`,
  }

  test.each(Object.entries(shapes))('with %s', async (_, sql) => {
    using place = workspace()
    const path = place.file('store.db')
    const database = openDatabase(path, sql)
    try {
      const first = await takeSnapshot(sqlite(path), place.scratch)
      expect(first.proof).not.toHaveProperty('suspect')
      expect(findingsIn(first.path).filter((text) => !text.startsWith('CHECK'))).toEqual([])
      database.exec("CREATE TABLE later (a); INSERT INTO later VALUES ('x')")
      expect((await takeSnapshot(sqlite(path), place.scratch, { last: first })).proof).not.toHaveProperty('suspect')
    } finally {
      database.close()
    }
  })

  test('while it is used in every way at random', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const database = openDatabase(path, `PRAGMA journal_mode = WAL; PRAGMA auto_vacuum = INCREMENTAL; ${rows(2000, 300)} CREATE INDEX i ON t (text)`)
    let last: Snapshot | undefined
    for (let turn = 0; turn < 10; turn++) {
      database.exec(`DELETE FROM t WHERE id % 13 = ${turn % 13}; INSERT INTO t (text) SELECT hex(randomblob(${turn * 97})) FROM t LIMIT 200;
        ${turn % 5 === 0 ? `CREATE TABLE IF NOT EXISTS x${turn} (a PRIMARY KEY) WITHOUT ROWID; INSERT OR IGNORE INTO x${turn} SELECT text FROM t LIMIT 500` : ''};
        ${turn % 7 === 6 ? 'PRAGMA incremental_vacuum(20); PRAGMA wal_checkpoint(TRUNCATE)' : ''}`)
      last = await takeSnapshot(sqlite(path), place.scratch, last ? { last } : {})
      expect(last.proof).not.toHaveProperty('suspect')
    }
    database.close()
  })
})

describe('once a day, SQLite itself looks for damage within the cells', () => {
  afterEach(() => void vi.useRealTimers())

  const dayMs = 86_400_000
  const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms)

  /** Rows that are not in their order: everything refers to everything as it should. */
  function disorder(path: string): void {
    const leaf = childOf(path, rootOf(path, 't'), 3)
    const bytes = readFileSync(path).subarray((leaf - 1) * pageBytes, leaf * pageBytes)
    const [first, second] = [bytes.subarray(8, 10), bytes.subarray(10, 12)]
    write(path, leaf, 8, Buffer.concat([second, first]))
  }

  function makeInLogMode(path: string): void {
    makeDatabase(path)
    openDatabase(path, 'PRAGMA journal_mode = WAL').close()
  }

  test('and what it finds stays until it finds it no more', async () => {
    using place = workspace()
    const path = place.file('store.db')
    makeInLogMode(path)
    vi.useFakeTimers({ toFake: ['Date'] })
    const source = sqlite(path, { quickCheckBudgetMs: 60_000 })
    const first = await takeSnapshot(source, place.scratch)
    copyFileSync(path, place.file('good.db'))
    disorder(path)
    pass(dayMs / 2)
    const second = await takeSnapshot(source, place.scratch, { last: first })
    expect(second.proof).not.toHaveProperty('suspect')
    pass(dayMs / 2)
    const third = await takeSnapshot(source, place.scratch, { last: second })
    expect(third.proof.suspect).toMatch(/^Table t: .*out of order/)
    pass(1000)
    const fourth = await takeSnapshot(source, place.scratch, { last: third })
    expect(fourth.proof.suspect).toBe(third.proof.suspect)
    writeFileSync(path, readFileSync(place.file('good.db')))
    const fifth = await takeSnapshot(source, place.scratch, { last: fourth })
    expect(fifth.proof).not.toHaveProperty('suspect')
  })

  test('but not when it is told not to, nor where others would have to wait for it', async () => {
    using place = workspace()
    const [path, plain] = [place.file('store.db'), place.file('plain.db')]
    makeInLogMode(path)
    makeDatabase(plain)
    vi.useFakeTimers({ toFake: ['Date'] })
    for (const source of [sqlite(path, { quickCheckBudgetMs: 0 }), sqlite(plain)]) {
      const first = await takeSnapshot(source, place.scratch)
      disorder(source.label)
      pass(dayMs)
      expect((await takeSnapshot(source, place.scratch, { last: first })).proof).not.toHaveProperty('suspect')
    }
  })

  test('and never longer than its budget; a table that is too large does not keep the others from their turn', async () => {
    using place = workspace()
    const path = place.file('store.db')
    makeInLogMode(path)
    vi.useFakeTimers({ toFake: ['Date'] })
    const source = sqlite(path, { quickCheckBudgetMs: 1 })
    let last = await takeSnapshot(source, place.scratch)
    for (let day = 0; day < 2; day++) {
      pass(dayMs)
      last = await takeSnapshot(source, place.scratch, { last })
      expect(last.proof).toMatchObject({ complete: true })
    }
    expect(findingsIn(last.path)).toEqual([])
  })

  test('what only the rules of the application forbid is no damage', async () => {
    using place = workspace()
    const path = place.file('store.db')
    openDatabase(path, 'PRAGMA journal_mode = WAL; CREATE TABLE c (a INTEGER CHECK (a > 0)); PRAGMA ignore_check_constraints = 1; INSERT INTO c VALUES (-1)').close()
    vi.useFakeTimers({ toFake: ['Date'] })
    const first = await takeSnapshot(sqlite(path), place.scratch)
    pass(dayMs)
    expect(findingsIn(first.path)).toEqual(['CHECK constraint failed in c'])
    expect((await takeSnapshot(sqlite(path), place.scratch, { last: first })).proof).not.toHaveProperty('suspect')
  })
})

function expectSameBytes({ path }: Snapshot, original: string): void {
  const [taken, there] = [readFileSync(path), readFileSync(original)]
  expect(Buffer.compare(taken, there.subarray(0, taken.length))).toBe(0)
}

