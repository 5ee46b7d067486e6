import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { measureJob } from '../measure/job.ts'
import { ours } from '../ours/contender.ts'
import type { Benchmark } from './benchmark.ts'
import { makeDatabases } from './databases.ts'
import type { TravelFigures, TravelTask } from './timetravel-job.ts'

const LATENCY_MS = 50
/** What a look-up may take, and read. */
const MOST_MS = 1000
const MOST_BYTES = 2_000_000

/**
 * Looks into a snapshot of a database without restoring it, on a provider that answers every request after 50 ms: a row by its primary key,
 * by a process that knows nothing yet, and the next one. And a whole table, on one that answers at once.
 */
export const timetravel: Benchmark = async ({ rounds, bytes, folder, databases: kept }, report) => {
  report.say(`Each request takes ${LATENCY_MS} ms, but for "scan". "cold": from nothing, key derivation included; "unlocked": without that.`)
  const { initial, changed } = makeDatabases(kept, bytes)
  mkdirSync(folder, { recursive: true })
  const place = ours({ source: 'sqlite' })(initial, folder)
  await place.init()
  await place.backup()
  await ours({ source: 'sqlite' })(changed, folder).backup()

  const measure = async (task: Omit<TravelTask, 'repository' | 'state'>): Promise<TravelFigures & { readonly wallMs: number; readonly cpuMs: number }> => {
    const about: TravelTask = { ...task, repository: place.repository, state: join(folder, 'nobody') }
    const { cost, result } = await measureJob(new URL('./timetravel-job.ts', import.meta.url), about)
    return { ...(result as TravelFigures), wallMs: cost.wallMs, cpuMs: cost.cpuMs }
  }
  const store = new DatabaseSync(initial, { readOnly: true })
  const highest = (table: string): number => Number(store.prepare(`SELECT max(id) AS id FROM ${table}`).get()?.['id'])
  const tables = ['customers', 'invoices', 'invoice_lines', 'products'].map((name) => ({ name, rows: highest(name) }))
  store.close()
  for (const snapshot of ['first', 'latest'] as const) {
    const cold = { wall: [] as number[], unlocked: [] as number[], bytes: [] as number[], requests: [] as number[], next: [] as number[] }
    for (let round = 0; round < rounds * tables.length; round++) {
      const { name: table, rows } = tables[round % tables.length]!
      // Anywhere in it.
      const ids = [0.618, 0.414].map((step) => 1 + Math.floor(((round + 1) * step * rows) % rows))
      const figures = await measure({ kind: 'look-up', snapshot, table, latencyMs: LATENCY_MS, ids })
      cold.wall.push(figures.wallMs - figures.nextMs)
      cold.unlocked.push(figures.wallMs - figures.nextMs - figures.unlockMs)
      cold.bytes.push(figures.bytes)
      cold.requests.push(figures.requests)
      cold.next.push(figures.nextMs)
    }
    const name = `timetravel.${snapshot}`
    const least = (values: readonly number[], most: number): number[] => values.map(() => most)
    report.add({ name: `${name}.cold`, unit: 'ms', peerName: 'at most', ours: cold.wall, peer: least(cold.wall, MOST_MS) })
    report.add({ name: `${name}.unlocked`, unit: 'ms', peerName: 'at most', ours: cold.unlocked, peer: least(cold.unlocked, MOST_MS) })
    report.add({ name: `${name}.bytes`, unit: 'bytes', peerName: 'at most', ours: cold.bytes, peer: least(cold.bytes, MOST_BYTES) })
    report.add({ name: `${name}.bytes.most`, unit: 'bytes', peerName: 'at most', ours: [Math.max(...cold.bytes)], peer: [MOST_BYTES] })
    report.add({ name: `${name}.requests`, unit: 'pieces', peerName: 'at most', ours: cold.requests, peer: least(cold.requests, 40) })
    report.add({ name: `${name}.next`, unit: 'ms', peerName: 'at most', ours: cold.next, peer: least(cold.next, MOST_MS) })
  }
  for (let round = 0; round < rounds; round++) {
    const scan = await measure({ kind: 'scan', snapshot: 'first', table: 'invoice_lines', latencyMs: 0, ids: [] })
    report.add({ name: 'timetravel.scan.wall', unit: 's', peerName: 'at most', ours: [scan.wallMs / 1000], peer: [6] })
    report.add({ name: 'timetravel.scan.cpu', unit: 's', peerName: 'at most', ours: [scan.cpuMs / 1000], peer: [6] })
  }
}
