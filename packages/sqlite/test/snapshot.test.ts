import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs'
import { backup } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { crash, findingsIn, growTo, openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'

const pageSizes = { direct: [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536], copy: [512, 65536] }

describe.each(['direct', 'copy'] as const)('in mode %s', (mode) => {
  test.each(pageSizes[mode])(
    'a database with pages of %i bytes comes back, first whole and then by what changed',
    async (size) => {
      using place = workspace()
      const path = place.file('store.db')
      const app = openDatabase(
        path,
        `PRAGMA page_size = ${size}; PRAGMA journal_mode = WAL; ${rows(2000, 300)}`,
      )
      const source = sqlite(path, { mode })

      const first = await takeSnapshot(source, place.scratch)
      expect(first).toMatchObject({
        incremental: false,
        proof: { complete: true, engine: 'sqlite', mode, pageBytes: size },
      })
      expect(first.pages * size).toBe(statSync(first.path).size)
      expect(findingsIn(first.path)).toEqual([])

      app.exec(`UPDATE t SET text = 'short' WHERE id = 1000; ${rows(50, 300, 5000)}`)
      const second = await takeSnapshot(source, place.scratch, { last: first })
      expect(second.incremental).toBe(true)
      expect(second.pages).toBeGreaterThan(0)
      expect(second.pages).toBeLessThan(first.pages / 2)
      expect(findingsIn(second.path)).toEqual([])
      expect(query(second.path, 'SELECT * FROM t')).toEqual(query(path, 'SELECT * FROM t'))

      const third = await takeSnapshot(source, place.scratch, { last: second })
      expect(third).toMatchObject({ incremental: true, pages: 0 })
      expect(readFileSync(third.path)).toEqual(readFileSync(second.path))
      app.close()
    },
  )

  test.each(['DELETE', 'TRUNCATE', 'PERSIST', 'MEMORY', 'OFF', 'WAL'])(
    'a database in journal mode %s comes back',
    async (journal) => {
      using place = workspace()
      const path = place.file('store.db')
      const app = openDatabase(
        path,
        `PRAGMA journal_mode = ${journal}; ${rows(500, 300)}; UPDATE t SET text = 'x' WHERE id < 9`,
      )
      const snapshot = await takeSnapshot(sqlite(path, { mode }), place.scratch)
      expect(findingsIn(snapshot.path)).toEqual([])
      expect(query(snapshot.path, 'SELECT * FROM t')).toEqual(query(path, 'SELECT * FROM t'))
      expect(snapshot.warnings.some((text) => text.includes('nobody can write'))).toBe(journal !== 'WAL')
      app.close()
    },
  )

  test.each(['FULL', 'INCREMENTAL'])(
    'a database with auto_vacuum %s that became smaller comes back',
    async (vacuum) => {
      using place = workspace()
      const path = place.file('store.db')
      const app = openDatabase(
        path,
        `PRAGMA auto_vacuum = ${vacuum}; PRAGMA journal_mode = WAL; ${rows(3000, 500)}`,
      )
      const source = sqlite(path, { mode })
      const first = await takeSnapshot(source, place.scratch)
      app.exec('DELETE FROM t WHERE id % 3 > 0; PRAGMA incremental_vacuum')
      const second = await takeSnapshot(source, place.scratch, { last: first })
      expect(second.proof).toMatchObject({
        autoVacuum: vacuum.toLowerCase(),
        pageCount: statSync(second.path).size / 4096,
      })
      expect(statSync(second.path).size).toBeLessThan(statSync(first.path).size)
      expect(findingsIn(second.path)).toEqual([])
      expect(query(second.path, 'SELECT * FROM t')).toEqual(query(path, 'SELECT * FROM t'))
      app.close()
    },
  )

  test('an empty file is an empty database', async () => {
    using place = workspace()
    const path = place.file('store.db')
    closeSync(openSync(path, 'w'))
    const snapshot = await takeSnapshot(sqlite(path, { mode }), place.scratch)
    expect(snapshot).toMatchObject({ pages: 0, proof: { complete: true, pageCount: 0 } })
    expect(statSync(snapshot.path).size).toBe(0)
  })

  test('a database of which only the header is written comes back', async () => {
    using place = workspace()
    const path = place.file('store.db')
    openDatabase(path, 'PRAGMA user_version = 7; PRAGMA application_id = -5').close()
    const snapshot = await takeSnapshot(sqlite(path, { mode }), place.scratch)
    expect(snapshot).toMatchObject({ pages: 1, proof: { userVersion: 7, applicationId: -5 } })
    expect(query(snapshot.path, 'PRAGMA user_version')).toEqual([{ user_version: 7 }])
  })

  test('the other driver reads the same', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const app = openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(2000, 300)}`)
    const first = await takeSnapshot(sqlite(path, { mode }), place.scratch)
    const second = await takeSnapshot(sqlite(path, { mode, driver: 'better-sqlite3' }), place.scratch, {
      last: first,
    })
    // Into a copy, SQLite writes its own version: a part of the first page.
    expect(second).toMatchObject({ incremental: true, pages: mode === 'copy' ? 1 : 0 })
    expect(second.proof.sqliteVersion).not.toBe(first.proof.sqliteVersion)
    app.close()
  })

  test('a closed database is left exactly as it was', async () => {
    using place = workspace()
    for (const journal of ['WAL', 'DELETE']) {
      const path = place.file(`${journal}.db`)
      openDatabase(path, `PRAGMA journal_mode = ${journal}; ${rows(500, 300)}`).close()
      const [bytes, time] = [readFileSync(path), statSync(path).mtimeMs]
      await takeSnapshot(sqlite(path, { mode }), place.scratch)
      expect(readFileSync(path)).toEqual(bytes)
      expect(statSync(path).mtimeMs).toBe(time)
      expect(readdirSync(place.folder).filter((name) => name.startsWith(`${journal}.db-`))).toEqual([])
      expect(readdirSync(place.scratch)).toEqual([])
    }
  })
})

test('a name may hold what means something elsewhere', async () => {
  using place = workspace()
  const path = place.file("it's 100% #1?mode=ro&x=y.db")
  const app = openDatabase(path, `PRAGMA journal_mode = WAL; ${rows(100, 300)}`)
  for (const mode of ['direct', 'copy'] as const) {
    const snapshot = await takeSnapshot(sqlite(path, { mode }), place.scratch)
    expect(query(snapshot.path, 'SELECT * FROM t')).toEqual(query(path, 'SELECT * FROM t'))
  }
  app.close()
})

test('what is only in the log is in the snapshot, whatever part of it was checkpointed', async () => {
  using place = workspace()
  const path = place.file('store.db')
  const app = openDatabase(
    path,
    `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${rows(2000, 300)}`,
  )
  const reader = openDatabase(path, 'PRAGMA query_only = 1')
  let last = await takeSnapshot(sqlite(path), place.scratch)
  expect(last.proof).toMatchObject({ mode: 'direct', journalMode: 'wal' })
  expect(last.proof.walFrames).toBeGreaterThan(100)
  for (const checkpoint of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
    app.exec(`UPDATE t SET text = '${checkpoint}' WHERE id % 50 = 7`)
    reader.exec('BEGIN; SELECT count(*) FROM t')
    app.exec(`UPDATE t SET text = 'later' || text WHERE id % 70 = 9`)
    app.exec(`PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(${checkpoint})`)
    reader.exec('COMMIT')
    last = await takeSnapshot(sqlite(path), place.scratch, { last })
    // Page by page what SQLite itself copies, but for the counters in the header that it sets in every copy.
    const copy = place.file(`copy-${checkpoint}.db`)
    await backup(app, copy)
    expect(differingPages(last.path, copy)).toEqual([])
    app.exec(`PRAGMA wal_checkpoint(${checkpoint})`)
    last = await takeSnapshot(sqlite(path), place.scratch, { last })
    expect(differingPages(last.path, copy)).toEqual([])
  }
  app.close()
  reader.close()
})

test('the page of the lock byte is left out of a database above 1 GiB, and all beyond comes back', async () => {
  using place = workspace()
  const path = place.file('store.db')
  // A file that jumps over the first gigabyte: its pages there are free, and never were written.
  const size = 65536
  const lockPage = 0x40000000 / size
  openDatabase(path, `PRAGMA page_size = ${size}; CREATE TABLE t (id INTEGER PRIMARY KEY, data BLOB)`).close()
  growTo(path, lockPage - 1, size)
  const app = openDatabase(
    path,
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40)
    INSERT INTO t SELECT i, randomblob(60000) FROM n`,
  )
  expect(statSync(path).size).toBeGreaterThan(0x40000000 + 30 * size)
  const file = openSync(path, 'r+')
  writeSync(file, 'never to be read', lockPage * size)
  closeSync(file)

  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  expect(query(snapshot.path, 'SELECT id, hex(data) AS data FROM t')).toEqual(
    query(path, 'SELECT id, hex(data) AS data FROM t'),
  )
  const copy = openSync(snapshot.path, 'r')
  const page = new Uint8Array(size)
  readSync(copy, page, 0, size, lockPage * size)
  closeSync(copy)
  expect(page.every((byte) => byte === 0)).toBe(true)
  app.close()
})

test('a state that is damaged or of another page size costs time and nothing else', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(500, 300)).close()
  const source = sqlite(path)
  const first = await takeSnapshot(source, place.scratch)
  const flipped = (at: number): Uint8Array => first.state.map((byte, i) => (i === at ? byte ^ 1 : byte))
  // Every byte is tried where the state is read; here, what comes of it.
  const states = [flipped(11), flipped(80), first.state.subarray(0, 100)]
  for (const state of states) {
    const again = await takeSnapshot(source, place.scratch, { last: { ...first, state } })
    expect(again).toMatchObject({ incremental: false, pages: first.pages })
    expect(readFileSync(again.path)).toEqual(readFileSync(first.path))
  }
  openDatabase(path, 'PRAGMA page_size = 8192; VACUUM').close()
  const resized = await takeSnapshot(source, place.scratch, { last: first })
  expect(resized).toMatchObject({ incremental: false, proof: { pageBytes: 8192 } })
  expect(findingsIn(resized.path)).toEqual([])
})

test('a journal that a crashed program left is rolled back, and said so', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(2000, 500)).close()
  const [bytes, content] = [readFileSync(path), query(path, 'SELECT * FROM t')]
  crash(`const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(${JSON.stringify(path)})
    db.exec("PRAGMA cache_size = 5; BEGIN; UPDATE t SET text = 'lost' || text")
    process.kill(process.pid, 'SIGKILL')`)
  expect(existsSync(`${path}-journal`)).toBe(true)
  expect(readFileSync(path).equals(bytes)).toBe(false)

  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  expect(snapshot.warnings.join()).toContain('rolled it back')
  expect(findingsIn(snapshot.path)).toEqual([])
  expect(query(snapshot.path, 'SELECT * FROM t')).toEqual(content)
})

test('a log that a crashed program left is in the snapshot, and stays', async () => {
  using place = workspace()
  const path = place.file('store.db')
  crash(`const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(${JSON.stringify(path)})
    db.exec(${JSON.stringify(`PRAGMA journal_mode = WAL; ${rows(2000, 100)}`)})
    process.kill(process.pid, 'SIGKILL')`)
  const log = readFileSync(`${path}-wal`)
  expect(log.length).toBeGreaterThan(100_000)
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  expect(readFileSync(`${path}-wal`)).toEqual(log)
  expect(query(snapshot.path, 'SELECT count(*) AS n FROM t')).toEqual([{ n: 2000 }])
})

/** Page numbers, from 1, that differ in more than what SQLite sets in the header of a copy. */
function differingPages(a: string, b: string): number[] {
  const [left, right] = [readFileSync(a), readFileSync(b)]
  for (const bytes of [left, right]) {
    for (const [from, to] of [
      [24, 32],
      [40, 44],
      [92, 100],
    ] as const)
      bytes.fill(0, from, to)
  }
  if (left.length !== right.length) return [-1]
  const pages = Array.from({ length: left.length / 4096 }, (_, page) => page)
  return pages.filter(
    (page) => left.compare(right, page * 4096, page * 4096 + 4096, page * 4096, page * 4096 + 4096) !== 0,
  )
}
