import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createStore, readInvariant, startWriter } from '@backup-internal/store'
import { describe, expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { findingsIn, growTo, openDatabase, rows, takeSnapshot, workspace } from './snapshots.ts'
import { stress } from './stress.ts'

// With SOAK=1 in the environment this runs long enough for a night.
const seconds = process.env.SOAK === '1' ? 600 : 3
const slow = { timeout: 300_000 + 2000 * seconds }

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
    // As long as it takes until enough has happened, however quick the machine.
    const least = { snapshots: 11, payments: 5000, changedPages: 1000 }
    const report = await stress({ seconds, least, bytes: 20_000_000, writers: 2, tps: 1000 })
    expect(report.bad).toEqual([])
    expect(report.snapshots).toBeGreaterThan(10)
    expect(report.checkpoints).toBeGreaterThan(20)
    expect(report.transactions).toBeGreaterThan(4500)
    expect(report.changedPages).toBeGreaterThan(1000)
  },
)

test('the event loop of the host stays free while 250 MB are read', slow, async () => {
  using place = workspace()
  const path = place.file('store.db')
  openDatabase(path, `${rows(20_000, 1000)}; PRAGMA journal_mode = WAL`).close()
  growTo(path, 61_000, 4096)
  const runs: LoopDelay[] = []
  // Others want the processor as well; the quietest of some runs shows what this one does.
  const least = (of: 'p99Ms' | 'maxMs'): number => Math.min(...runs.map((run) => run[of]))
  do runs.push(await loopDelayOf(path, place.scratch))
  while (runs.length < 10 && (least('p99Ms') >= 20 || least('maxMs') >= 100))
  expect(new Set(runs.map(({ pages }) => pages))).toEqual(new Set([61_000]))
  expect(least('p99Ms')).toBeLessThan(20)
  expect(least('maxMs')).toBeLessThan(100)
})

interface LoopDelay {
  readonly pages: number
  readonly p99Ms: number
  readonly maxMs: number
}

/** Takes a first snapshot and leaves the pages where they are. */
async function loopDelayOf(
  path: string,
  scratch: string,
): Promise<LoopDelay> {
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
