import { spawn, type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { BackupError } from '@backup/core'
import BetterSqlite from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import type { ReplaceRequest } from '../src/host/protocol.ts'
import { type Connection, connector } from '../src/reader/driver.ts'
import { overwrite } from '../src/reader/overwrite.ts'
import { restoreOf } from './restores.ts'
import { type Snapshot, findingsIn, openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'

type Place = ReturnType<typeof workspace>

const count = 'SELECT count(*) AS n FROM t'

/** A database with 4,000 rows of which a snapshot has 3,000; closed. */
async function changedStore(place: Place, journal: string, pragmas = ''): Promise<Snapshot> {
  const path = place.file('store.db')
  openDatabase(path, `${pragmas}; PRAGMA journal_mode = ${journal}; ${rows(3000, 300)}`).close()
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  openDatabase(path, `${rows(1000, 300, 9000)}; UPDATE t SET text = 'changed' WHERE id % 10 = 0`).close()
  return snapshot
}

function leftIn(place: Place): string[] {
  return readdirSync(place.folder).filter((name) => !/^(scratch|store\.db|store\.db-wal|store\.db-shm|snapshot-.*)$/.test(name))
}

const drivers = ['node', 'better-sqlite3'] as const
const journals = ['WAL', 'DELETE'] as const
const kinds = journals.flatMap((journal) => drivers.map((driver) => ({ journal, driver })))

test.each(kinds)('in mode $journal, $driver restores under open connections, which go on', async ({ journal, driver }) => {
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
  expect(placed).toMatchObject({ place: path, requiresRestart: false, safetyCopy: expect.stringMatching(/store\.db\.before-restore-/) })
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
})

test('the live database is replaced only when that was said', async () => {
  using place = workspace()
  const snapshot = await changedStore(place, 'WAL')
  await expect(restoreOf(sqlite(place.file('store.db')), snapshot, { overwrite: false })).rejects.toMatchObject({ kind: 'exists' })
  const named = restoreOf(sqlite(place.file('store.db')), snapshot, { overwrite: false, to: place.file('store.db') })
  await expect(named).rejects.toMatchObject({ kind: 'exists' })
  expect(query(place.file('store.db'), count)).toEqual([{ n: 4000 }])
  expect(leftIn(place)).toEqual([])
})

test('naming the live database as the target is the same as naming none', async () => {
  using place = workspace()
  const snapshot = await changedStore(place, 'WAL')
  const app = openDatabase(place.file('store.db'), '')
  const placed = await restoreOf(sqlite(place.file('store.db')), snapshot, { overwrite: true, to: place.file('store.db') })
  expect(placed).toMatchObject({ requiresRestart: false })
  expect(app.prepare(count).get()).toEqual({ n: 3000 })
  app.close()
})

test.each(journals)('in mode %s, what a writer commits up to the last moment is in the safety copy or in the result', { timeout: 30_000 }, async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, journal)
  const writer = fork(fileURLToPath(new URL('./counting-writer.ts', import.meta.url)), [path])
  await once(writer, 'message')
  await pause(200)
  const { safetyCopy } = await restoreOf(sqlite(path), snapshot, { overwrite: true })
  await pause(200)
  writer.send('stop')
  const [committed] = (await once(writer, 'message')) as [number[]]

  const written = (file: string): number[] => query(file, 'SELECT id FROM t WHERE id > 1000000').map((row) => (row as { id: number }).id)
  const [before, after] = [written(safetyCopy as string), written(path)]
  expect(before.length).toBeGreaterThan(5)
  expect(after.length).toBeGreaterThan(5)
  expect([...before, ...after].sort((a, b) => a - b)).toEqual(committed)
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

  test.each(['no database any more', 'damaged'])('because it is %s is kept as it is, and replaced', async (what) => {
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
  })

  test('because it is damaged is not replaced while somebody has it open', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, 'WAL')
    const app = openDatabase(path, '')
    app.prepare(count).get()
    await inAnotherProcess('printf "%4096s" | dd of="$0" conv=notrunc 2>/dev/null', path)
    const bytes = await inAnotherProcess('sha256sum < "$0"', path)
    await expect(restoreOf(sqlite(path), snapshot, { overwrite: true })).rejects.toMatchObject({ kind: 'busy' })
    expect(await inAnotherProcess('sha256sum < "$0"', path)).toBe(bytes)
    app.close()
  })

  test('because it has a log and other pages is replaced when nobody has it open', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, 'WAL')
    openDatabase(path, 'PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL').close()
    const app = openDatabase(path, '')
    app.prepare(count).get()
    await expect(restoreOf(sqlite(path), snapshot, { overwrite: true })).rejects.toMatchObject({ kind: 'busy' })
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

test.each(journals)('in mode %s, a snapshot with another kind of automatic vacuum is no hindrance', async (journal) => {
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
})

describe.each(journals)('in mode %s, a database that is in use', (journal) => {
  const blockers = journal === 'WAL' ? ['BEGIN IMMEDIATE'] : ['BEGIN IMMEDIATE', `BEGIN; ${count}`]

  test.each(blockers)('by %s is busy after the time-out, and as it was', async (sql) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal)
    const app = openDatabase(path, sql)
    const restored = restoreOf(sqlite(path, { busyTimeoutMs: 400 }), snapshot, { overwrite: true })
    await expect(restored).rejects.toMatchObject({ kind: 'busy', retryable: true, message: expect.stringContaining('400 ms') })
    app.exec('COMMIT')
    expect(app.prepare(count).get()).toEqual({ n: 4000 })
    app.close()
    expect(findingsIn(path)).toEqual([])
    expect(leftIn(place)).toEqual([])
  })

  test.each(blockers)('by %s is waited for', async (sql) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal)
    const app = openDatabase(path, sql)
    setTimeout(() => app.exec('COMMIT'), 900)
    await restoreOf(sqlite(path), snapshot, { overwrite: true })
    expect(app.prepare(count).get()).toEqual({ n: 3000 })
    app.close()
  })
})

test.each(journals)('in mode %s, a result that does not stand up is undone', async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, journal)
  const app = openDatabase(path, '')
  const connect = await connector('node')
  const source = connect(snapshot.path, { readOnly: false, busyTimeoutMs: 1000 })
  const seen: unknown[] = []
  const examine = (): void => {
    seen.push(app.prepare(count).get())
    throw new Error('found wanting')
  }
  await expect(overwrite(requestFor(place, snapshot), source, examine)).rejects.toThrow('found wanting')
  expect(seen).toEqual([{ n: 3000 }])
  expect(app.prepare(count).get()).toEqual({ n: 4000 })
  source.close()
  app.close()
  expect(findingsIn(path)).toEqual([])
})

test.each(journals)('in mode %s, a disk that becomes full leaves what was there', async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `PRAGMA journal_mode = ${journal}; ${rows(3000, 300)}`).close()
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  openDatabase(path, "UPDATE t SET text = replace(text, '0', '1')").close()
  const { size } = statSync(path)
  expect(size).toBe(statSync(snapshot.path).size)
  const content = query(path, 'SELECT * FROM t')
  // Under this limit the restored file and the safety copy fit. Neither the log nor the journal does, with its headers.
  const script = `ulimit -f ${size / 512 + 2}; exec "$0" --disable-warning=ExperimentalWarning "$@"`
  const output = await inAnotherProcess(script, process.execPath, fileURLToPath(new URL('./restore.ts', import.meta.url)), path, snapshot.path)
  expect(JSON.parse(output)).toEqual({ kind: 'permanent', message: expect.stringContaining('disk I/O error') })
  expect(query(path, 'SELECT * FROM t')).toEqual(content)
  expect(findingsIn(path)).toEqual([])
  expect(leftIn(place)).toEqual([])
})

test.each(journals)('in mode %s, what is committed just before the overwriting begins is in the safety copy', async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, journal)
  const app = openDatabase(path, '')
  const connect = await connector('node')
  const source = connect(snapshot.path, { readOnly: false, busyTimeoutMs: 1000 })
  let overtaken = 0
  const late: Connection = {
    ...source,
    backup(...args) {
      if (overtaken < 2) app.exec(`INSERT INTO t VALUES (${(overtaken += 1)} + 100000, 'late')`)
      return source.backup(...args)
    },
  }
  await overwrite(requestFor(place, snapshot), late, () => {})
  expect(overtaken).toBe(2)
  expect(query(place.file('safe.db'), 'SELECT id FROM t WHERE id > 100000')).toEqual([{ id: 100_001 }, { id: 100_002 }])
  expect(app.prepare(count).get()).toEqual({ n: 3000 })
  source.close()
  app.close()
})

test.each(journals)('in mode %s, an application that never stops writing is asked to pause', { timeout: 30_000 }, async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  const snapshot = await changedStore(place, journal)
  const app = openDatabase(path, '')
  const connect = await connector('node')
  const source = connect(snapshot.path, { readOnly: false, busyTimeoutMs: 1000 })
  const late: Connection = {
    ...source,
    backup(...args) {
      app.exec('INSERT INTO t DEFAULT VALUES')
      return source.backup(...args)
    },
  }
  await expect(overwrite(requestFor(place, snapshot), late, () => {})).rejects.toMatchObject({ refusal: { kind: 'busy' } })
  expect(Number(app.prepare(count).get()?.n)).toBeGreaterThan(4000)
  expect(existsSync(place.file('safe.db'))).toBe(false)
  source.close()
  app.close()
})

test('cancelling leaves the old state or the new one', { timeout: 60_000 }, async () => {
  using place = workspace()
  const path = place.file('store.db')
  for (const journal of journals) {
    rmSync(path, { force: true })
    openDatabase(path, `PRAGMA journal_mode = ${journal}; ${rows(20_000, 900)}`).close()
    const snapshot = await takeSnapshot(sqlite(path), place.scratch)
    openDatabase(path, 'DELETE FROM t WHERE id = 5').close()
    const beside = `${path}-${journal === 'WAL' ? 'wal' : 'journal'}`
    const outcomes = new Set<string>()
    let whileWriting = 0
    for (let i = 0; i < 6; i++) {
      const cancel = new AbortController()
      // When the transaction that overwrites has begun, or at some other moment.
      const timer = setInterval(() => {
        if (sizeOf(beside) < 100_000) return
        clearInterval(timer)
        whileWriting++
        cancel.abort()
      }, 1)
      if (i % 3 === 2) setTimeout(() => cancel.abort(), 50 * i)
      const restored = restoreOf(sqlite(path), snapshot, { overwrite: true, signal: cancel.signal })
      outcomes.add(await restored.then(() => 'restored', (error: BackupError) => error.kind))
      clearInterval(timer)
      expect(existsSync(`${path}-journal`)).toBe(false)
      expect(findingsIn(path)).toEqual([])
      expect([20_000, 19_999]).toContain((query(path, count)[0] as { n: number }).n)
      expect(leftIn(place).filter((name) => !/before-restore-.*Z$/.test(name))).toEqual([])
    }
    expect(whileWriting).toBeGreaterThan(0)
    expect(outcomes).toContain('cancelled')
    expect([...outcomes].filter((outcome) => !['cancelled', 'restored'].includes(outcome))).toEqual([])
  }
})

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

function requestFor(place: Place, snapshot: Snapshot): ReplaceRequest {
  return {
    path: place.file('store.db'), driver: 'node', busyTimeoutMs: 5000, restored: snapshot.path, overwrite: true, check: 'quick',
    safetyCopy: place.file('safe.db'),
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** A process that reads all the time; told to stop, it tells which counts it saw. */
function reader(path: string): ChildProcess {
  return fork(fileURLToPath(new URL('./polling-reader.ts', import.meta.url)), [path])
}

async function inAnotherProcess(script: string, ...args: string[]): Promise<string> {
  const child = spawn('sh', ['-c', script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  await once(child, 'close')
  return output
}
