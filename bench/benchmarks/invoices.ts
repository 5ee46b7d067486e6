import { join } from 'node:path'
import { measureJob } from '../measure/job.ts'
import type { Report } from '../measure/report.ts'
import type { InvoicesReport, InvoicesTask, InvoicesWindow } from './invoices-job.ts'

/** A store of this size is a large one for a shop. */
const MOST_BYTES = 100_000_000
/** Share of its pace that the store must keep for a window to count. */
const LEAST_PACE = 0.95
const PACE = 200
/** What backups may cost who writes. */
const bars = { addedMs: 5, loopMs: 50 }
const measured = [
  ['p50', 'p50Ms'],
  ['p99', 'p99Ms'],
  ['late.p99', 'lateP99Ms'],
  ['loop.max', 'loopMs'],
] as const

/** Invoices in the example's store, 200 a second: seconds in which backups are made one after the other, beside seconds without. */
export async function invoices(rounds: number, bytes: number, folder: string, report: Report): Promise<void> {
  for (const line of HEADER) report.say(line)
  const task: InvoicesTask = { folder: join(folder, 'invoices'), bytes: Math.min(bytes, MOST_BYTES), pairs: rounds }
  const { result } = await measureJob(new URL('./invoices-job.ts', import.meta.url), task)
  const { with: ours, without: peer } = result as InvoicesReport
  for (const { invoicesPerSecond } of [...ours, ...peer]) {
    if (invoicesPerSecond < PACE * LEAST_PACE) throw new Error(`the store was held up: it came to ${invoicesPerSecond.toFixed(0)} invoices a second`)
  }
  for (const [name, field] of measured) {
    const valuesOf = (windows: readonly InvoicesWindow[]): number[] => windows.map((window) => window[field])
    report.add({ name: `loop.invoice.${name}`, unit: 'ms', peerName: 'without backups', ours: valuesOf(ours), peer: valuesOf(peer) })
  }
  const added = ours.map(({ p99Ms }, pair) => p99Ms - (peer[pair]?.p99Ms ?? 0))
  report.add({ name: 'loop.invoice.p99.added', unit: 'ms', peerName: 'at most', ours: added, peer: [bars.addedMs] })
  report.add({ name: 'loop.invoice.loop.most', unit: 'ms', peerName: 'at most', ours: ours.map(({ loopMs }) => loopMs), peer: [bars.loopMs] })
  const cpu = (windows: readonly InvoicesWindow[]): string => windows.map(({ cpuShare }) => cpuShare.toFixed(2)).join(' ')
  report.say(`backups made: ${ours.map(({ backups }) => backups).join(' ')}; processors busy: ${cpu(ours)}, without: ${cpu(peer)}`)
  report.say(`p99 of an invoice grew by ${Math.max(...added).toFixed(2)} ms at most; the longest delay was ${Math.max(...ours.map(({ loopMs }) => loopMs)).toFixed(1)} ms`)
}

const HEADER: readonly string[] = [
  'invoice: the store of examples/iron-store writes 200 invoices a second, each with three lines and on the disk (synchronous = FULL),',
  'in one process with its backups. "late" counts from when an invoice was due, "loop" is monitorEventLoopDelay of Node at 1 ms.',
]
