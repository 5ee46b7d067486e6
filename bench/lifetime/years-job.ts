import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Backup, type BackupConfig, createBackup, fifteenYears, portableRuntime, rawKey } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { median } from '../measure/median.ts'
import { serveJob } from '../measure/serve-job.ts'
import { type GrowingPages, growingPages, pageBytes } from './growing-pages.ts'
import { type Shelves, shelves } from './shelves.ts'
import { type YearFigures, yearColumns, yearRow } from './year-figures.ts'

export interface YearsTask {
  /** An empty folder; the repository lies in `repository` afterwards. */
  readonly folder: string
  readonly years: number
  /** Bytes in the first and in the last year. */
  readonly fromBytes: number
  readonly toBytes: number
  /** Pages that change between two backups. */
  readonly changedPages: number
}

const quarterHour = 900_000
/** Of so many backups at the end of a year it is measured what they cost. */
const measured = 300
const day = 24 * 4 * quarterHour
const year = 365.25 * day
const start = Date.UTC(2026, 0, 1)

serveJob<YearsTask>(async ({ folder, years, fromBytes, toBytes, changedPages }) => {
  let now = start
  const place = shelves()
  const source = growingPages(folder)
  const config: BackupConfig = {
    source,
    providers: [place],
    keys: rawKey(new Uint8Array(32).fill(1)),
    runtime: { ...nodeRuntime, openState: portableRuntime.openState },
    state: 'lifetime',
    workers: 0,
    retention: fifteenYears(),
    zone: 'UTC',
    clock: () => new Date(now),
  }
  const backup = createBackup(config)
  await backup.init()
  const runs = Math.round((years * year) / quarterHour)
  const perYear = Math.round(year / quarterHour)

  let [run, end] = [0, runs]
  process.once('SIGTERM', () => (end = Math.min(end, run + measured)))
  console.error(`Process ${process.pid} takes ${runs} backups. Stopped by SIGTERM, it says how things stand by then.`)

  return {
    async work(): Promise<YearFigures[]> {
      const figures: YearFigures[] = []
      const pass = passingTime()
      const lately: number[] = []
      let [pruneMs, cpuMs] = [0, 0]
      console.error(yearColumns.join(' | '))
      for (run = 1; run <= end; run++) {
        now += quarterHour
        const size = fromBytes + ((toBytes - fromBytes) * run) / runs
        source.change(changedPages, Math.ceil(size / pageBytes))
        const isMeasured = run % perYear > perYear - measured || run > end - measured
        if (isMeasured) pass(quarterHour)
        const [startedMs, cpuBefore] = [performance.now(), cpuMsNow()]
        await backup.run({ kind: 'scheduled' })
        if (isMeasured) {
          lately.push(performance.now() - startedMs)
          cpuMs += cpuMsNow() - cpuBefore
        }
        if (run % 96 === 12) {
          const prunedMs = performance.now()
          await backup.prune()
          pruneMs = performance.now() - prunedMs
        }
        if (run % perYear === 0 || run === end) {
          const costs = { runMs: median(lately), runCpuMs: cpuMs / lately.length, pruneMs }
          figures.push(await measureYear(backup, place, { year: Math.ceil(run / perYear), runs: run, ...costs, source }))
          console.error(yearRow(figures.at(-1)!).join(' | '))
          lately.length = 0
          cpuMs = 0
        }
      }
      return figures
    },
    async close() {
      for (const [key, bytes] of place.all()) {
        const file = join(folder, 'repository', key)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, bytes)
      }
      await backup.close()
    },
  }
})

/**
 * Time for the engine as for the calendar: it relies on a listing for a minute, so that in life every one of these backups lists anew.
 * Here only those that are measured do; for all of them it would take hours.
 */
function passingTime(): (ms: number) => void {
  const before = performance.now.bind(performance)
  let passed = 0
  performance.now = () => before() + passed
  return (ms) => void (passed += ms)
}

/** Of all threads of this process. */
function cpuMsNow(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function measureYear(
  backup: Backup,
  place: Shelves,
  known: Pick<YearFigures, 'year' | 'runs' | 'runMs' | 'runCpuMs' | 'pruneMs'> & { readonly source: GrowingPages },
): Promise<YearFigures> {
  const { source, ...rest } = known
  const listedMs = performance.now()
  for await (const object of place.list('')) void object
  const listMs = performance.now() - listedMs
  const plannedMs = performance.now()
  await backup.retentionPlan()
  const planMs = performance.now() - plannedMs
  return {
    ...rest,
    snapshots: (await backup.snapshots()).length,
    objects: place.size,
    storedBytes: place.bytes,
    sourceBytes: source.pages * pageBytes,
    listRequests: Math.ceil(place.size / 1000),
    listMs,
    planMs,
    heapBytes: process.memoryUsage().heapUsed,
  }
}
