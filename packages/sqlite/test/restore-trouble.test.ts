import { existsSync, rmSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { BackupError } from '@backup/core'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { changedStore, count, inAnotherProcess, journals, leftIn, restoreOf } from './restores.ts'
import { findingsIn, openDatabase, query, rows, takeSnapshot, workspace } from './snapshots.ts'

describe.each(journals)('in mode %s, a database that is in use', (journal) => {
  const blockers = journal === 'WAL' ? ['BEGIN IMMEDIATE'] : ['BEGIN IMMEDIATE', `BEGIN; ${count}`]

  test.each(blockers)('by %s is busy after the time-out, and as it was', async (sql) => {
    using place = workspace()
    const path = place.file('store.db')
    const snapshot = await changedStore(place, journal)
    const app = openDatabase(path, sql)
    const restored = restoreOf(sqlite(path, { busyTimeoutMs: 400 }), snapshot, { overwrite: true })
    await expect(restored).rejects.toMatchObject({
      kind: 'busy',
      retryable: true,
      message: expect.stringContaining('400 ms'),
    })
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

test.each(journals)('in mode %s, a disk that becomes full leaves what was there', async (journal) => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `PRAGMA journal_mode = ${journal}; ${rows(3000, 300)}`).close()
  const snapshot = await takeSnapshot(sqlite(path), place.scratch)
  openDatabase(path, "UPDATE t SET text = replace(text, '0', '1')").close()
  const { size } = statSync(path)
  expect(size).toBe(statSync(snapshot.path).size)
  const content = query(path, 'SELECT * FROM t')
  // Under this limit the restored file and the safety copy fit. Neither the log nor the journal does, with
  // its headers.
  const script = `ulimit -f ${size / 512 + 2}; exec "$0" --disable-warning=ExperimentalWarning "$@"`
  const output = await inAnotherProcess(
    script,
    process.execPath,
    fileURLToPath(new URL('./restore.ts', import.meta.url)),
    path,
    snapshot.path,
  )
  expect(JSON.parse(output)).toEqual({
    kind: 'permanent',
    message: expect.stringContaining('disk I/O error'),
  })
  expect(query(path, 'SELECT * FROM t')).toEqual(content)
  expect(findingsIn(path)).toEqual([])
  expect(leftIn(place)).toEqual([])
})

test('cancelling leaves the old state or the new one', async () => {
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
      const outcome = await restored.then(
        () => 'restored',
        (error: BackupError) => (error.altered ? 'left half-way' : error.kind),
      )
      outcomes.add(outcome)
      clearInterval(timer)
      expect(existsSync(`${path}-journal`)).toBe(false)
      expect(findingsIn(path)).toEqual([])
      const { n } = query(path, count)[0] as { n: number }
      expect([20_000, 19_999]).toContain(n)
      // Nobody may say that it is as it was when it is not.
      expect([n, outcome]).not.toEqual([20_000, 'cancelled'])
      expect([outcome, leftIn(place).some((name) => /before-restore-.*Z$/.test(name))]).not.toEqual(['left half-way', false])
      for (const name of leftIn(place)) rmSync(place.file(name))
      openDatabase(path, 'DELETE FROM t WHERE id = 5').close()
      expect(leftIn(place).filter((name) => !/before-restore-.*Z$/.test(name))).toEqual([])
    }
    expect(whileWriting).toBeGreaterThan(0)
    expect(outcomes).toContain('left half-way')
    expect([...outcomes].filter((outcome) => !['cancelled', 'left half-way', 'restored'].includes(outcome))).toEqual([])
  }
})

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
