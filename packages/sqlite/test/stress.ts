import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { createStore, readInvariant, startWriter } from '@backup-internal/store'
import { sqlite } from '../src/index.ts'
import { type Snapshot, findingsIn, takeSnapshot, workspace } from './snapshots.ts'

export interface StressReport {
  snapshots: number
  /** Snapshots that were damaged or did not hold what the store promises. */
  bad: string[]
  /** Transactions of all writers. */
  transactions: number
  /** Checkpoints that did something. */
  checkpoints: number
  /** Pages of all snapshots after the first. */
  changedPages: number
}

/**
 * Snapshots of a store, one after the other and each checked, while others write to it and checkpoint it at
 * random.
 */
export async function stress(options: {
  /** So long, and longer until there were so many of each. */
  seconds: number
  least: Readonly<Record<'snapshots' | 'payments' | 'changedPages', number>>
  bytes: number
  writers: number
  tps: number
}): Promise<StressReport> {
  using place = workspace()
  const path = place.file('store.db')
  createStore(path, { bytes: options.bytes })
  const writers = []
  for (let i = 0; i < options.writers; i++)
    writers.push(await startWriter(path, { transactionsPerSecond: options.tps }))
  const checkpointer = fork(fileURLToPath(new URL('./checkpointer.ts', import.meta.url)), [path])
  const report: StressReport = { snapshots: 0, bad: [], transactions: 0, checkpoints: 0, changedPages: 0 }
  let last: Snapshot | undefined
  try {
    const until = performance.now() + options.seconds * 1000
    const { snapshots, changedPages } = options.least
    let paid = 0
    const isEnough = (): boolean =>
      report.snapshots >= snapshots && report.changedPages > changedPages && paid > options.least.payments
    while (performance.now() < until || !isEnough()) {
      const snapshot: Snapshot = await takeSnapshot(sqlite(path), place.scratch, last ? { last } : {})
      report.snapshots++
      if (last) report.changedPages += snapshot.pages
      const [finding] = findingsIn(snapshot.path)
      const { holds, payments, expectedCents, actualCents } = readInvariant(snapshot.path)
      paid = payments
      const { suspect } = snapshot.proof
      if (suspect !== undefined) report.bad.push(`snapshot ${report.snapshots} is suspect: ${suspect}`)
      if (finding !== undefined) report.bad.push(`snapshot ${report.snapshots}: ${finding}`)
      if (!holds)
        report.bad.push(
          `snapshot ${report.snapshots}: ${expectedCents} cents became ${actualCents}, ${payments} payments`,
        )
      if (last) rmSync(last.path)
      last = snapshot
    }
  } finally {
    for (const writer of writers) report.transactions += (await writer.stop()).transactions
    report.checkpoints = await stopped(checkpointer)
  }
  return report
}

async function stopped(checkpointer: ChildProcess): Promise<number> {
  checkpointer.send('stop')
  const [done] = (await once(checkpointer, 'message')) as [number]
  return done
}
