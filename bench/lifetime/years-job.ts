import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { serveJob } from '../measure/serve-job.ts'
import { pageBytes } from './growing-pages.ts'
import { type IncrementCost, type Simulation, perYear, startSimulation } from './simulation.ts'
import { type YearFigures, yearColumns, yearRow } from './year-figures.ts'
import { startYoung } from './young.ts'

export interface YearsTask {
  /** An empty folder; the repository lies in `repository` afterwards. */
  readonly folder: string
  readonly years: number
  /** Bytes in the first and in the last year. */
  readonly fromBytes: number
  readonly toBytes: number
  /** Pages that change between two backups. */
  readonly changedPages: number
  /** The program of the one that is a year old. */
  readonly young: string
}

export interface YearsResult {
  readonly years: readonly YearFigures[]
  /** Backups in the last year, and of one that is a year old, in turns: neighbours on the machine disturb both. */
  readonly pairs: readonly { readonly old: IncrementCost; readonly young: IncrementCost }[]
}

/** Of so many backups at the end of a year it is told what they took. */
const measured = 300
const pairs = 20
const pairRuns = 50

serveJob<YearsTask>(async ({ folder, years, young: program, ...sizes }) => {
  const runs = years * perYear
  const old = await startSimulation({ folder, runs, ...sizes })
  let [run, end] = [0, runs]
  process.once('SIGTERM', () => (end = Math.min(end, run + measured)))
  console.error(`Process ${process.pid} takes ${runs} backups. Stopped by SIGTERM, it says how things stand by then.`)

  return {
    async work(): Promise<YearsResult> {
      const figures: YearFigures[] = []
      const lately: IncrementCost[] = []
      console.error(yearColumns.join(' | '))
      for (run = 1; run <= end; run++) {
        if (run % perYear > perYear - measured || run > end - measured) lately.push(await old.window(1))
        else await old.step()
        if (run % perYear !== 0 && run !== end) continue
        figures.push(await measureYear(old, run, lately.splice(0)))
        console.error(yearRow(figures.at(-1)!).join(' | '))
      }
      return { years: figures, pairs: await inTurns() }
    },
    async close() {
      for (const [key, bytes] of old.place.all()) {
        const file = join(folder, 'repository', key)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, bytes)
      }
      await old.backup.close()
    },
  }

  async function inTurns(): Promise<YearsResult['pairs']> {
    console.error('The first year again, to be compared with the last one.')
    const youngFolder = join(folder, 'young')
    mkdirSync(youngFolder)
    const toBytes = sizes.fromBytes + (sizes.toBytes - sizes.fromBytes) / years
    const young = await startYoung(program, { folder: youngFolder, runs: perYear, ...sizes, toBytes })
    const found: { old: IncrementCost; young: IncrementCost }[] = []
    for (let pair = 0; pair < pairs; pair++) found.push({ old: await old.window(pairRuns), young: await young.window(pairRuns) })
    young.close()
    return found
  }
})

async function measureYear({ backup, place, source, pruneMs }: Simulation, runs: number, lately: readonly IncrementCost[]): Promise<YearFigures> {
  const listedMs = performance.now()
  for await (const object of place.list('')) void object
  const listMs = performance.now() - listedMs
  const plannedMs = performance.now()
  await backup.retentionPlan()
  const planMs = performance.now() - plannedMs
  const walls = lately.map(({ runMs }) => runMs).sort((a, b) => a - b)
  return {
    year: Math.ceil(runs / perYear),
    runs,
    snapshots: (await backup.snapshots()).length,
    objects: place.size,
    storedBytes: place.bytes,
    sourceBytes: source.pages * pageBytes,
    listRequests: Math.ceil(place.size / 1000),
    listMs,
    planMs,
    pruneMs,
    heapBytes: process.memoryUsage().heapUsed,
    runMs: walls[walls.length >> 1]!,
    runCpuMs: lately.reduce((sum, { runCpuMs }) => sum + runCpuMs, 0) / lately.length,
  }
}
