import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Backup, type BackupConfig, createBackup, fifteenYears, portableRuntime, rawKey } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { median } from '../measure/median.ts'
import { serveJob } from '../measure/serve-job.ts'
import { type GrowingPages, growingPages, pageBytes } from './growing-pages.ts'
import { type Shelves, shelves } from './shelves.ts'

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

/** How things stand at the end of a year. */
export interface YearFigures {
  readonly year: number
  readonly runs: number
  readonly snapshots: number
  readonly objects: number
  readonly storedBytes: number
  readonly sourceBytes: number
  /** Requests that a listing of everything takes, at a thousand objects each. */
  readonly listRequests: number
  readonly listMs: number
  readonly planMs: number
  readonly pruneMs: number
  readonly heapBytes: number
  /** Median of a backup in the last days of the year. */
  readonly runMs: number
  /** Mean processor time of these, with all threads: what others do on the machine hardly shows in it. */
  readonly runCpuMs: number
}

export const quarterHour = 900_000
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

  return {
    async work(): Promise<YearFigures[]> {
      const figures: YearFigures[] = []
      const lately: number[] = []
      let pruneMs = 0
      for (let run = 1; run <= runs; run++) {
        now += quarterHour
        const size = fromBytes + ((toBytes - fromBytes) * run) / runs
        source.change(changedPages, Math.ceil(size / pageBytes))
        const startedMs = performance.now()
        await backup.run({ kind: 'scheduled' })
        if (run % perYear > perYear - 300 || run > runs - 300) lately.push(performance.now() - startedMs)
        if (run % 96 === 12) {
          const prunedMs = performance.now()
          await backup.prune()
          pruneMs = performance.now() - prunedMs
        }
        if (run % perYear === 0 || run === runs) {
          figures.push(await measureYear(backup, place, { year: Math.ceil(run / perYear), runs: run, runMs: median(lately.splice(0)), pruneMs, source }))
          const { year: number, objects, snapshots, runMs } = figures.at(-1)!
          console.error(`year ${number}: ${objects} objects, ${snapshots} snapshots, a backup ${runMs.toFixed(2)} ms, prune ${pruneMs.toFixed(0)} ms`)
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

async function measureYear(
  backup: Backup,
  place: Shelves,
  known: Pick<YearFigures, 'year' | 'runs' | 'runMs' | 'pruneMs'> & { readonly source: GrowingPages },
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
