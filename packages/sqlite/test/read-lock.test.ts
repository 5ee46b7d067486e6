import { copyFileSync, readFileSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { pin } from '../src/reader/pin.ts'
import { type View, readPages, viewOf } from '../src/reader/view.ts'
import { openDatabase, rows, workspace } from './snapshots.ts'

// A reader who finds all of the log in the database file takes read lock 0, and then the log may begin anew
// under his eyes. That happens rarely by itself; here it is forced, in one process, where everything has its
// time.

const pageBytes = 4096

function store(path: string): DatabaseSync {
  return openDatabase(
    path,
    `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${rows(1000, 500)};
      PRAGMA wal_checkpoint(FULL)`,
  )
}

function read(view: View, first: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count * pageBytes)
  readPages(view, first, count, bytes)
  return bytes
}

function saltsOf(path: string): string {
  return readFileSync(`${path}-wal`).subarray(16, 24).toString('hex')
}

const beginAnew: Readonly<Record<string, (app: DatabaseSync) => void>> = {
  'a writer': (app) => app.exec("UPDATE t SET text = 'new' || text"),
  'a checkpoint RESTART and a writer': (app) =>
    app.exec("PRAGMA wal_checkpoint(RESTART); UPDATE t SET text = 'new' || text"),
  'a checkpoint TRUNCATE': (app) => app.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
  'a checkpoint TRUNCATE and a writer': (app) =>
    app.exec("PRAGMA wal_checkpoint(TRUNCATE); UPDATE t SET text = 'new' || text"),
}

describe.each(Object.entries(beginAnew))('when the log begins anew by %s', (_, act) => {
  test('in the middle of reading, the file alone is the state', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const app = store(path)
    copyFileSync(path, place.file('expected.db'))
    const expected = readFileSync(place.file('expected.db'))
    const salts = saltsOf(path)

    const pinned = await pin({ path, driver: 'node', busyTimeoutMs: 1000 }, () => {})
    const view = await viewOf(pinned)
    expect(view).toMatchObject({ pageCount: expected.length / pageBytes })
    expect(view.logFrames).toBeGreaterThan(100)
    const half = Math.floor(view.pageCount / 2)
    const before = read(view, 0, half)
    expect(view.logIsGone[0]).toBe(0)

    act(app)
    expect(saltsOf(path)).not.toBe(salts)
    const after = read(view, half, view.pageCount - half)
    expect(view.logIsGone[0]).toBe(1)
    expect(Buffer.concat([before, after]).equals(expected)).toBe(true)
    expect(Buffer.from(read(view, 0, view.pageCount)).equals(expected)).toBe(true)
    pinned.release()
    app.close()
  })

  test('before reading, what the new log holds is in the state', async () => {
    using place = workspace()
    const path = place.file('store.db')
    const app = store(path)
    const salts = saltsOf(path)
    const pinned = await pin({ path, driver: 'node', busyTimeoutMs: 1000 }, () => {})
    act(app)
    expect(saltsOf(path)).not.toBe(salts)
    const view = await viewOf(pinned)
    const state = Buffer.from(read(view, 0, view.pageCount))
    pinned.release()
    app.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    expect(state.equals(readFileSync(path))).toBe(true)
    app.close()
  })
})

test('what is committed and checkpointed after the view was taken does not come into it', async () => {
  using place = workspace()
  const path = place.file('store.db')
  const app = store(path)
  app.exec("UPDATE t SET text = 'in the log' WHERE id < 200")
  const pinned = await pin({ path, driver: 'node', busyTimeoutMs: 1000 }, () => {})
  app.exec("UPDATE t SET text = 'a later state' WHERE id BETWEEN 300 AND 500")
  const view = await viewOf(pinned)
  const expected = Buffer.from(read(view, 0, view.pageCount))
  expect(expected.includes('a later state')).toBe(true)

  const bytes = readFileSync(path)
  app.exec(
    "PRAGMA busy_timeout = 0; UPDATE t SET text = 'too late' WHERE id > 600; PRAGMA wal_checkpoint(PASSIVE)",
  )
  expect(readFileSync(path).equals(bytes)).toBe(false)
  app.exec(`${rows(300, 500, 5000)}; PRAGMA wal_checkpoint(RESTART); DELETE FROM t WHERE id % 2 = 0`)
  expect(Buffer.from(read(view, 0, view.pageCount)).equals(expected)).toBe(true)
  expect(view.logIsGone[0]).toBe(0)
  pinned.release()
  app.close()
})
