import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate as immediately, setTimeout as wait } from 'node:timers/promises'
import { liveStore } from 'iron-store/store/live-store'
import { writeSample } from 'iron-store/store/sample'
import { ownCpuMs } from '../measure/process-tree.ts'
import { serveJob } from '../measure/serve-job.ts'
import { openOurs } from '../ours/open.ts'

export interface InvoicesTask {
  /** An empty folder. */
  folder: string
  /** Of the database, beside some months of business. */
  bytes: number
  /** Windows with backups, each beside one without. */
  pairs: number
}

/** What those who write invoices feel, in one window. */
export interface InvoicesWindow {
  /** From the call to the moment when the invoice is on the disk. */
  p50Ms: number
  p99Ms: number
  /** From the moment when the invoice was due: waiting for a turn counts. */
  lateP99Ms: number
  /** Longest delay of the event loop. */
  loopMs: number
  /** Of a second, with all threads and children. */
  cpuShare: number
  invoicesPerSecond: number
  /** How many were made. */
  backups: number
}

export interface InvoicesReport {
  with: InvoicesWindow[]
  without: InvoicesWindow[]
}

const PER_SECOND = 200
const WINDOW_MS = 5_000
/** Between windows: what one left to be done is not charged to the next. */
const PAUSE_MS = 1_000
const FILLER_BYTES = 1_000_000

/** The store of the example, in one process with its backups, while invoices are written at a steady pace. */
serveJob<InvoicesTask>(async ({ folder, bytes, pairs }) => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'store.db')
  writeSample(file)
  fill(file, bytes)
  const live = liveStore(file)
  await live.write((store) => {
    for (const { id } of store.products.list()) store.products.move(id, 1_000_000, 'For a busy day')
  })
  const products = await live.read((store) => store.products.list().map(({ id }) => id))
  const customers = await live.read((store) => store.customers.list().slice(-20).map(({ id }) => id))
  const backup = openOurs({ source: 'sqlite', file, repository: join(folder, 'repository'), state: join(folder, 'state') })
  await backup.init()
  await backup.run()

  const writeOne = (count: number): Promise<unknown> =>
    live.write((store) =>
      store.invoices.write({
        customerId: customers[count % customers.length]!,
        lines: [0, 1, 2].map((line) => ({ productId: products[(count * 7 + line) % products.length]!, quantity: 1 })),
      }),
    )
  const play = async (withBackups: boolean): Promise<InvoicesWindow> => {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    const [tookMs, lateMs]: [number[], number[]] = [[], []]
    let [isOpen, backups] = [true, 0]
    const backingUp = (async () => {
      while (withBackups && isOpen) {
        await backup.run()
        backups++
      }
    })()
    delay.enable()
    const cpuBefore = ownCpuMs()
    const startedMs = performance.now()
    for (let count = 0; ; count++) {
      const dueMs = startedMs + (count * 1000) / PER_SECOND
      if (dueMs > startedMs + WINDOW_MS) break
      const aheadMs = dueMs - performance.now()
      // Who is late lets others have a turn all the same, as requests do that come one by one.
      await (aheadMs > 0 ? wait(aheadMs) : immediately())
      const calledMs = performance.now()
      await writeOne(count)
      const doneMs = performance.now()
      tookMs.push(doneMs - calledMs)
      lateMs.push(doneMs - dueMs)
    }
    const ranMs = performance.now() - startedMs
    const cpuMs = ownCpuMs() - cpuBefore
    delay.disable()
    isOpen = false
    await backingUp
    return {
      p50Ms: share(tookMs, 0.5),
      p99Ms: share(tookMs, 0.99),
      lateP99Ms: share(lateMs, 0.99),
      loopMs: delay.max / 1e6,
      cpuShare: cpuMs / ranMs,
      invoicesPerSecond: (tookMs.length * 1000) / ranMs,
      backups,
    }
  }

  return {
    async work(): Promise<InvoicesReport> {
      await play(true)
      const report: InvoicesReport = { with: [], without: [] }
      for (let pair = 0; pair < pairs; pair++) {
        const order = ['with', 'without'] as const
        // Neither side always has the first word.
        for (const side of pair % 2 === 0 ? order : order.toReversed()) {
          await wait(PAUSE_MS)
          report[side].push(await play(side === 'with'))
        }
      }
      return report
    },
    async close() {
      await live.close()
      await backup.close()
    },
  }
})

function fill(file: string, bytes: number): void {
  const database = new DatabaseSync(file)
  const insert = database.prepare(`INSERT INTO customer (name, address, email, phone) VALUES ('Archive', hex(randomblob(${FILLER_BYTES / 2})), '', '')`)
  for (let filled = 0; filled < bytes; filled += FILLER_BYTES) insert.run()
  database.close()
}

function share(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
}
