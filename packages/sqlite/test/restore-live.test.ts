import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import BetterSqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { changedStore, count, inAnotherProcess, journals, leftIn, restoreOf } from './restores.ts'
import { crash, findingsIn, openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'

const drivers = ['node', 'better-sqlite3'] as const
const kinds = journals.flatMap((journal) => drivers.map((driver) => ({ journal, driver })))

test.each(kinds)(
  'in mode $journal, $driver restores under open connections, which go on',
  async ({ journal, driver }) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal)
    chmodSync(path, 0o640)
    const app = openDatabase(path, '')
    const statement = app.prepare(count)
    expect(statement.get()).toEqual({ n: 4000 })
    const other = reader(path)
    await once(other, 'message')

    const placed = await restoreOf(sqlite(path, { driver }), snapshot, { overwrite: true })
    expect(placed).toMatchObject({
      place: path,
      requiresRestart: false,
      safetyCopy: expect.stringMatching(/store\.db\.before-restore-/),
    })
    expect(statement.get()).toEqual({ n: 3000 })
    expect(app.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: journal.toLowerCase() })
    app.exec(`INSERT INTO t VALUES (77777, 'after')`)
    app.close()
    other.send('stop')
    const [seen] = await once(other, 'message')
    // Readers saw the one state or the other, or had to wait, and nothing else.
    expect(seen).toEqual({ counts: expect.arrayContaining([4000]), errors: [] })
    expect(seen.counts.filter((n: number) => ![3000, 3001, 4000].includes(n))).toEqual([])

    expect(findingsIn(path)).toEqual([])
    expect(query(path, 'SELECT * FROM t WHERE id <> 77777')).toEqual(query(snapshot.path, 'SELECT * FROM t'))
    expect(query(placed.safetyCopy as string, count)).toEqual([{ n: 4000 }])
    expect(statSync(placed.safetyCopy as string).mode & 0o777).toBe(0o640)
    expect(leftIn(place)).toEqual([placed.safetyCopy?.slice(place.folder.length + 1)])
  },
)

test('the live database is replaced only when that was said', async () => {
  using place = workspace()
  const snapshot = await changedStore(place, 'WAL')
  await expect(
    restoreOf(sqlite(place.file('store.db')), snapshot, { overwrite: false }),
  ).rejects.toMatchObject({ kind: 'exists' })
  const named = restoreOf(sqlite(place.file('store.db')), snapshot, {
    overwrite: false,
    to: place.file('store.db'),
  })
  await expect(named).rejects.toMatchObject({ kind: 'exists' })
  expect(query(place.file('store.db'), count)).toEqual([{ n: 4000 }])
  expect(leftIn(place)).toEqual([])
})

test('naming the live database as the target is the same as naming none', async () => {
  using place = workspace()
  const snapshot = await changedStore(place, 'WAL')
  const app = openDatabase(place.file('store.db'), '')
  const placed = await restoreOf(sqlite(place.file('store.db')), snapshot, {
    overwrite: true,
    to: place.file('store.db'),
  })
  expect(placed).toMatchObject({ requiresRestart: false })
  expect(app.prepare(count).get()).toEqual({ n: 3000 })
  app.close()
})

test.each(journals)(
  'in mode %s, what a writer commits up to the last moment is in the safety copy or in the result',
  async (journal) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal)
    const writer = fork(fileURLToPath(new URL('./counting-writer.ts', import.meta.url)), [path])
    await once(writer, 'message')
    const written = (file: string): number[] =>
      query(file, 'SELECT id FROM t WHERE id > 1000000').map((row) => (row as { id: number }).id)
    const untilSome = async (): Promise<void> => {
      while (written(path).length <= 5) await pause(50)
    }
    await untilSome()
    const { safetyCopy } = await restoreOf(sqlite(path), snapshot, { overwrite: true })
    await untilSome()
    writer.send('stop')
    const [committed] = (await once(writer, 'message')) as [number[]]

    const [before, after] = [written(safetyCopy as string), written(path)]
    expect(before.length).toBeGreaterThan(5)
    expect(after.length).toBeGreaterThan(5)
    expect([...before, ...after].sort((a, b) => a - b)).toEqual(committed)
  },
)

test('a journal that a crashed program left is rolled back first', async () => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, 'DELETE')
  const content = query(path, 'SELECT * FROM t')
  crash(`const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(${JSON.stringify(path)})
    db.exec("PRAGMA cache_size = 5; BEGIN; UPDATE t SET text = 'lost' || text")
    process.kill(process.pid, 'SIGKILL')`)
  expect(existsSync(`${path}-journal`)).toBe(true)
  const placed = await restoreOf(sqlite(path), snapshot, { overwrite: true })
  expect(placed.requiresRestart).toBe(false)
  expect(query(placed.safetyCopy as string, 'SELECT * FROM t')).toEqual(content)
  expect(query(path, 'SELECT * FROM t')).toEqual(query(snapshot.path, 'SELECT * FROM t'))
})

describe('a live database that cannot be overwritten through SQLite', () => {
  test('because it is gone is written anew', async () => {
    using place = workspace()
    const snapshot = await changedStore(place, 'WAL')
    rmSync(place.file('store.db'))
    const placed = await restoreOf(sqlite(place.file('store.db')), snapshot, { overwrite: true })
    expect(placed).toEqual({ place: place.file('store.db'), requiresRestart: true })
    expect(query(place.file('store.db'), count)).toEqual([{ n: 3000 }])
  })

  test.each(['no database any more', 'damaged'])(
    'because it is %s is kept as it is, and replaced',
    async (what) => {
      using place = workspace()
      const path = place.file('store.db')
      const snapshot = await changedStore(place, 'WAL')
      const bytes = readFileSync(path)
      if (what === 'damaged') bytes.fill(0xff, 100, 4096)
      else bytes.fill(0x20)
      writeFileSync(path, bytes)
      writeFileSync(`${path}-wal`, 'what was left of the log')
      const placed = await restoreOf(sqlite(path), snapshot, { overwrite: true })
      expect(placed.requiresRestart).toBe(true)
      expect(readFileSync(placed.safetyCopy as string)).toEqual(bytes)
      expect(readFileSync(`${placed.safetyCopy}-wal`, 'utf8')).toBe('what was left of the log')
      expect(existsSync(`${path}-wal`)).toBe(false)
      expect(readFileSync(path)).toEqual(readFileSync(snapshot.path))
    },
  )

  test('because it is damaged is not replaced while somebody has it open', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, 'WAL')
    const app = openDatabase(path, '')
    app.prepare(count).get()
    await inAnotherProcess('printf "%4096s" | dd of="$0" conv=notrunc 2>/dev/null', path)
    const bytes = await inAnotherProcess('sha256sum < "$0"', path)
    await expect(restoreOf(sqlite(path), snapshot, { overwrite: true })).rejects.toMatchObject({
      kind: 'busy',
    })
    expect(await inAnotherProcess('sha256sum < "$0"', path)).toBe(bytes)
    app.close()
  })

  test('because it has a log and other pages is replaced when nobody has it open', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, 'WAL')
    openDatabase(
      path,
      'PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL',
    ).close()
    const app = openDatabase(path, '')
    app.prepare(count).get()
    await expect(restoreOf(sqlite(path), snapshot, { overwrite: true })).rejects.toMatchObject({
      kind: 'busy',
    })
    expect(app.prepare(count).get()).toEqual({ n: 4000 })
    app.close()
    expect(leftIn(place)).toEqual([])

    const placed = await restoreOf(sqlite(path), snapshot, { overwrite: true })
    expect(placed.requiresRestart).toBe(true)
    expect(query(path, 'PRAGMA page_size')).toEqual([{ page_size: 4096 }])
    expect(query(path, count)).toEqual([{ n: 3000 }])
    expect(query(placed.safetyCopy as string, count)).toEqual([{ n: 4000 }])
  })
})

test.each([512, 8192, 65536])('in a rollback mode, pages of %i bytes are no hindrance', async (size) => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, 'DELETE')
  openDatabase(path, `PRAGMA page_size = ${size}; VACUUM`).close()
  const app = openDatabase(path, '')
  expect(app.prepare(count).get()).toEqual({ n: 4000 })
  const placed = await restoreOf(sqlite(path), snapshot, { overwrite: true })
  expect(placed.requiresRestart).toBe(false)
  expect(app.prepare(count).get()).toEqual({ n: 3000 })
  app.close()
  expect(findingsIn(path)).toEqual([])
  expect(query(path, 'SELECT * FROM t')).toEqual(query(snapshot.path, 'SELECT * FROM t'))
})

test.each(journals)(
  'in mode %s, a snapshot with another kind of automatic vacuum is no hindrance',
  async (journal) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal, 'PRAGMA auto_vacuum = FULL')
    const mode = `PRAGMA journal_mode = ${journal}`
    openDatabase(path, `PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; ${mode}`).close()
    expect(query(path, 'PRAGMA auto_vacuum')).toEqual([{ auto_vacuum: 0 }])
    const app = openDatabase(path, '')
    expect(app.prepare(count).get()).toEqual({ n: 4000 })
    await restoreOf(sqlite(path), snapshot, { overwrite: true })
    app.exec('DELETE FROM t WHERE id % 2 = 0')
    expect(app.prepare('PRAGMA auto_vacuum').get()).toEqual({ auto_vacuum: 1 })
    app.close()
    expect(findingsIn(path)).toEqual([])
  },
)

test.each(journals)(
  'in mode %s, a snapshot with another text encoding is put in place, and connections have to be opened anew',
  async (journal) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal, "PRAGMA encoding = 'UTF-16le'")
    rmSync(path)
    openDatabase(path, `PRAGMA journal_mode = ${journal}; ${rows(4000, 300)}`).close()
    const app = openDatabase(path, '')
    expect(app.prepare(count).get()).toEqual({ n: 4000 })
    const warnings: string[] = []
    const placed = await restoreOf(sqlite(path), snapshot, {
      overwrite: true,
      onWarning: (message) => warnings.push(message),
    })
    expect(() => app.prepare(count).get()).toThrow(/encoding/)
    app.close()
    expect(placed).toMatchObject({ requiresRestart: true })
    expect(warnings).toEqual([])
    expect(query(path, 'PRAGMA encoding')).toEqual([{ encoding: 'UTF-16le' }])
    expect(query(path, 'SELECT * FROM t')).toEqual(query(snapshot.path, 'SELECT * FROM t'))
    expect(query(placed.safetyCopy as string, count)).toEqual([{ n: 4000 }])
    expect(findingsIn(path)).toEqual([])
  },
)

test('what SQLite cannot check without the application is said, and hinders nothing', async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, rows(100, 100)).close()
  openDatabase(path, 'CREATE INDEX i ON t (text)').close()
  const schema = new BetterSqlite(path).unsafeMode()
  schema.pragma('writable_schema = 1')
  schema.exec("UPDATE sqlite_schema SET sql = 'CREATE INDEX i ON t (text COLLATE app)' WHERE name = 'i'")
  schema.close()
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  const warnings: string[] = []
  await restoreOf(sqlite(path), snapshot, { overwrite: true, onWarning: (message) => warnings.push(message) })
  expect(warnings.join('\n')).toContain('no such collation sequence: app')
  const result = await sqlite(path).check?.({ place: path, requiresRestart: false }, {})
  expect(result).toMatchObject({ ok: true, findings: [expect.stringContaining('could not check all')] })
})

/** A process that reads all the time; told to stop, it tells which counts it saw. */
function reader(path: string): ChildProcess {
  return fork(fileURLToPath(new URL('./polling-reader.ts', import.meta.url)), [path])
}
