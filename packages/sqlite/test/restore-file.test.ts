import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { contextOf, fill, restoreOf } from './restores.ts'
import {
  type Snapshot,
  crash,
  findingsIn,
  openDatabase,
  query,
  rows,
  takeSnapshot,
  workspace,
} from './snapshots.ts'

type Place = ReturnType<typeof workspace>

const count = 'SELECT count(*) AS n FROM t'

async function snapshotOf(place: Place, journal = 'WAL'): Promise<Snapshot> {
  openDatabase(place.file('store.db'), `PRAGMA journal_mode = ${journal}; ${rows(1000, 300)}`).close()
  return takeSnapshot(sqlite(place.file('store.db')), place.scratch)
}

function leftIn(place: Place): string[] {
  return readdirSync(place.folder)
    .filter((name) => !/^(scratch|store\.db|snapshot-.*)$/.test(name))
    .sort()
}

test('a snapshot becomes a file of its own, byte for byte', async () => {
  using place = workspace()
  const snapshot = await snapshotOf(place)
  for (const check of ['none', 'quick', 'full'] as const) {
    const to = place.file(`${check}.db`)
    const placed = await restoreOf(sqlite(place.file('store.db'), { check }), snapshot, {
      to,
      overwrite: false,
    })
    expect(placed).toEqual({ place: to, requiresRestart: false })
    expect(readFileSync(to)).toEqual(readFileSync(snapshot.path))
    expect(statSync(to).mode & 0o777).toBe(0o666 & ~process.umask())
  }
  expect(leftIn(place)).toEqual(['full.db', 'none.db', 'quick.db'])
  expect(query(place.file('full.db'), count)).toEqual([{ n: 1000 }])
})

test('an empty database comes back empty', async () => {
  using place = workspace()
  writeFileSync(place.file('store.db'), '')
  const snapshot = await takeSnapshot(sqlite(place.file('store.db')), place.scratch)
  await restoreOf(sqlite(place.file('store.db')), snapshot, { to: place.file('new.db'), overwrite: false })
  expect(statSync(place.file('new.db')).size).toBe(0)
})

test('says beforehand how much room it needs and has', async () => {
  using place = workspace()
  const snapshot = await snapshotOf(place)
  const source = sqlite(place.file('store.db'))
  const beside = await source.restore(contextOf(snapshot, { to: place.file('new.db'), overwrite: false }))
  expect(await beside.space?.(1000)).toEqual({ neededBytes: 1000, freeBytes: expect.any(Number) })
  const over = await source.restore(contextOf(snapshot, { overwrite: true }))
  expect(await over.space?.(1000)).toMatchObject({
    neededBytes: 2000 + statSync(place.file('store.db')).size,
  })
})

describe('nothing is replaced unless it was asked for', () => {
  const inTheWay: Readonly<Record<string, readonly [name: string, bytes: string]>> = {
    'a file': ['new.db', 'precious'],
    'an empty file': ['new.db', ''],
    'the log of another database': ['new.db-wal', 'left over'],
    'the journal of another database': ['new.db-journal', 'left over'],
  }

  test.each(Object.entries(inTheWay))('%s', async (_, [name, bytes]) => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const source = sqlite(place.file('store.db'))
    writeFileSync(place.file(name), bytes)
    const to = place.file('new.db')
    await expect(restoreOf(source, snapshot, { to, overwrite: false })).rejects.toMatchObject({
      kind: 'exists',
      message: expect.stringContaining(place.file(name)),
    })
    expect(leftIn(place)).toEqual([name])
    expect(readFileSync(place.file(name), 'utf8')).toBe(bytes)

    const placed = await restoreOf(source, snapshot, { to, overwrite: true })
    expect(placed.requiresRestart).toBe(name === 'new.db')
    expect(leftIn(place)).toEqual(['new.db'])
    expect(readFileSync(to)).toEqual(readFileSync(snapshot.path))
  })

  test('a file that comes into being while the restore runs', async () => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const to = place.file('new.db')
    const sink = await sqlite(place.file('store.db')).restore(contextOf(snapshot, { to, overwrite: false }))
    await fill(sink, snapshot)
    writeFileSync(to, 'precious')
    await expect(sink.commit()).rejects.toMatchObject({ kind: 'exists' })
    await sink.abort()
    expect(leftIn(place)).toEqual(['new.db'])
    expect(readFileSync(to, 'utf8')).toBe('precious')
  })
})

test('a database that a crashed program left is replaced together with its log', async () => {
  using place = workspace()
  const snapshot = await snapshotOf(place)
  for (const journal of ['WAL', 'DELETE']) {
    const to = place.file(`${journal}.db`)
    openDatabase(to, `PRAGMA journal_mode = ${journal}; ${rows(3000, 400)}`).close()
    crash(`const { DatabaseSync } = require('node:sqlite')
      const db = new DatabaseSync(${JSON.stringify(to)})
      db.exec("PRAGMA cache_size = 5; BEGIN; UPDATE t SET text = 'old' || text")
      if (${journal === 'WAL'}) db.exec('COMMIT')
      process.kill(process.pid, 'SIGKILL')`)
    expect(existsSync(to + (journal === 'WAL' ? '-wal' : '-journal'))).toBe(true)
    chmodSync(to, 0o640)
    await restoreOf(sqlite(place.file('store.db')), snapshot, { to, overwrite: true })
    expect(leftIn(place).filter((name) => name.startsWith(`${journal}.db-`))).toEqual([])
    expect(statSync(to).mode & 0o777).toBe(0o640)
    expect(findingsIn(to)).toEqual([])
    expect(query(to, count)).toEqual([{ n: 1000 }])
  }
})

test.each(['WAL', 'DELETE'])(
  'a database in mode %s that somebody has open is not replaced',
  async (journal) => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const to = place.file('new.db')
    // Idle: in a rollback mode it holds no lock at all.
    const app = openDatabase(to, `PRAGMA journal_mode = ${journal}; ${rows(10, 100)}`)
    await expect(
      restoreOf(sqlite(place.file('store.db')), snapshot, { to, overwrite: true }),
    ).rejects.toMatchObject({
      kind: 'busy',
      message: expect.stringContaining(`process ${process.pid} has it open`),
    })
    app.exec('DELETE FROM t WHERE id > 5')
    app.close()
    expect(query(to, count)).toEqual([{ n: 5 }])
    expect(leftIn(place)).toEqual(['new.db'])
  },
)

test('a link is followed, and stays a link', async () => {
  using place = workspace()
  const snapshot = await snapshotOf(place)
  mkdirSync(place.file('disk'))
  writeFileSync(place.file('disk/real.db'), '')
  symlinkSync(place.file('disk/real.db'), place.file('link.db'))
  const placed = await restoreOf(sqlite(place.file('store.db')), snapshot, {
    to: place.file('link.db'),
    overwrite: true,
  })
  expect(placed.place).toBe(place.file('disk/real.db'))
  expect(query(place.file('link.db'), count)).toEqual([{ n: 1000 }])
  expect(readdirSync(place.file('disk'))).toEqual(['real.db'])
})

describe('what cannot be restored leaves no trace', () => {
  test('to a folder, or into one that is not there', async () => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const source = sqlite(place.file('store.db'))
    const to = (path: string): Promise<unknown> => restoreOf(source, snapshot, { to: path, overwrite: true })
    await expect(to(place.folder)).rejects.toMatchObject({ kind: 'config' })
    await expect(to(place.file('gone/new.db'))).rejects.toMatchObject({ kind: 'target-missing' })
    await expect(to('')).rejects.toMatchObject({ kind: 'config', key: 'to' })
    expect(leftIn(place)).toEqual([])
  })

  test('when what was filled in is no database', async () => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const broken = { ...snapshot, path: place.file('snapshot-broken') }
    for (const bytes of [readFileSync(snapshot.path).subarray(0, 5000), Buffer.alloc(8192)]) {
      writeFileSync(broken.path, bytes)
      const restored = restoreOf(sqlite(place.file('store.db')), broken, {
        to: place.file('new.db'),
        overwrite: false,
      })
      await expect(restored).rejects.toMatchObject({ kind: 'corrupt' })
    }
    expect(leftIn(place)).toEqual([])
  })

  test('when the check that was asked for finds damage', async () => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const broken = { ...snapshot, path: place.file('snapshot-broken') }
    const bytes = readFileSync(snapshot.path)
    bytes.fill(0x5a, 4096 * 5, 4096 * 6)
    writeFileSync(broken.path, bytes)
    for (const check of ['quick', 'full'] as const) {
      const restored = restoreOf(sqlite(place.file('store.db'), { check }), broken, {
        to: place.file('new.db'),
        overwrite: false,
      })
      await expect(restored).rejects.toMatchObject({
        kind: 'corrupt',
        message: expect.stringContaining('is damaged'),
      })
    }
    expect(leftIn(place)).toEqual([])
  })

  test('when it is given up', async () => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const sink = await sqlite(place.file('store.db')).restore(
      contextOf(snapshot, { to: place.file('new.db'), overwrite: false }),
    )
    const partial = await fill(sink, snapshot)
    expect(statSync(partial).mode & 0o777).toBe(0o600)
    await sink.abort()
    expect(leftIn(place)).toEqual([])
  })

  test('when a stream is none of a database', async () => {
    using place = workspace()
    const snapshot = await snapshotOf(place)
    const sink = await sqlite(place.file('store.db')).restore(
      contextOf(snapshot, { to: place.file('new.db'), overwrite: false }),
    )
    await expect(sink.open({ name: 'photos', size: 5 })).rejects.toMatchObject({ kind: 'unsupported' })
    await sink.abort()
    expect(leftIn(place)).toEqual([])
  })
})
