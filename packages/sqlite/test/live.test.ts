import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createStore, readInvariant, startWriter } from '@backup-internal/store'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { findingsIn, growTo, openDatabase, rows, takeSnapshot, workspace } from './snapshots.ts'
import { stress } from './stress.ts'

// With SOAK=1 in the environment this runs long enough for a night.
const seconds = process.env.SOAK === '1' ? 600 : 20
const slow = { timeout: 100_000 + 2000 * seconds }

describe.each(['direct', 'copy'] as const)('in mode %s', (mode) => {
  test(
    'snapshots are taken of a database with 2,000 transactions a second, and none is lost or halved',
    slow,
    async () => {
      using place = workspace()
      const path = place.file('store.db')
      createStore(path, { bytes: 40_000_000 })
      const writer = await startWriter(path, { transactionsPerSecond: 2000 })
      const source = sqlite(path, { mode })
      const seen: number[] = []
      let last = await takeSnapshot(source, place.scratch)
      for (let i = 0; i < 3; i++) {
        const started = performance.now()
        last = await takeSnapshot(source, place.scratch, { last })
        // A copy that starts anew whenever somebody writes never ends here.
        expect(performance.now() - started).toBeLessThan(10_000)
        expect(last).toMatchObject({ incremental: true, proof: { complete: true, journalMode: 'wal', mode } })
        expect(last.proof).not.toHaveProperty('suspect')
        expect(findingsIn(last.path)).toEqual([])
        const { holds, payments } = readInvariant(last.path)
        expect(holds).toBe(true)
        seen.push(payments)
      }
      const { transactions } = await writer.stop()
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(new Set(seen).size).toBe(seen.length)
      expect(readInvariant(path)).toMatchObject({ holds: true })
      expect(transactions).toBeGreaterThan(1000)
    },
  )
})

test(
  'two writers and checkpoints of all kinds at random moments never get a bad snapshot',
  slow,
  async () => {
    const report = await stress({ seconds, bytes: 20_000_000, writers: 2, tps: 1000 })
    expect(report.bad).toEqual([])
    expect(report.snapshots).toBeGreaterThan(10)
    expect(report.checkpoints).toBeGreaterThan(50)
    expect(report.transactions).toBeGreaterThan(5000)
    expect(report.changedPages).toBeGreaterThan(1000)
  },
)

test('the event loop of the host stays free while 250 MB are read', slow, async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `${rows(20_000, 1000)}; PRAGMA journal_mode = WAL`).close()
  growTo(path, 61_000, 4096)
  const runs = []
  // Other tests want the processor as well; the quietest of some runs shows what this one does.
  for (let i = 0; i < 4; i++) runs.push(await loopDelayOf(path, place.scratch))
  expect(runs.map(({ pages }) => pages)).toEqual([61_000, 61_000, 61_000, 61_000])
  expect(Math.min(...runs.map(({ p99Ms }) => p99Ms))).toBeLessThan(20)
  expect(Math.min(...runs.map(({ maxMs }) => maxMs))).toBeLessThan(100)
})

/** Takes a first snapshot and leaves the pages where they are. */
async function loopDelayOf(
  path: string,
  scratch: string,
): Promise<{ pages: number; p99Ms: number; maxMs: number }> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const snapshot = await sqlite(path).open({ scratch, previousState: async () => undefined, warn: () => {} })
  let pages = 0
  for await (const { content } of snapshot.streams()) {
    if (content.kind === 'changed') for await (const batch of content.batches()) pages += batch.pages.length
  }
  await snapshot.finish()
  delay.disable()
  await snapshot.close()
  return { pages, p99Ms: delay.percentile(99) / 1e6, maxMs: delay.max / 1e6 }
}
