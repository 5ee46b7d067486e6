import { type Backup, createBackup, fifteenYears, portableRuntime, rawKey } from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { median } from '../measure/median.ts'
import { type GrowingPages, growingPages, pageBytes } from './growing-pages.ts'
import { type Shelves, shelves } from './shelves.ts'

/** A shop that backs up every quarter of an hour on a clock of its own, and prunes every day. */
export interface Simulation {
  readonly backup: Backup
  readonly place: Shelves
  readonly source: GrowingPages
  /** What the last prune took. */
  readonly pruneMs: number
  /** The next quarter of an hour. */
  step(): Promise<void>
  /** The same, so many times, and what the backups took. */
  window(count: number): Promise<IncrementCost>
}

export interface SimulationTask {
  /** An empty folder. */
  readonly folder: string
  /** Backups in which the data grows from the one size to the other. */
  readonly runs: number
  readonly fromBytes: number
  readonly toBytes: number
  /** Pages that change between two backups. */
  readonly changedPages: number
}

export interface IncrementCost {
  /** Median of a backup. */
  readonly runMs: number
  /** Mean processor time, with all threads: what others do on the machine shows less in it. */
  readonly runCpuMs: number
}

const quarterHour = 900_000
const perDay = 96
export const perYear: number = Math.round(365.25 * perDay)
const start = Date.UTC(2026, 0, 1)

export async function startSimulation({ folder, runs, fromBytes, toBytes, changedPages }: SimulationTask): Promise<Simulation> {
  let now = start
  let run = 0
  let pruneMs = 0
  const place = shelves()
  const source = growingPages(folder)
  const backup = createBackup({
    source,
    providers: [place],
    keys: rawKey(new Uint8Array(32).fill(1)),
    runtime: { ...nodeRuntime, openState: portableRuntime.openState },
    state: 'lifetime',
    workers: 0,
    retention: fifteenYears(),
    zone: 'UTC',
    clock: () => new Date(now),
  })
  const pass = passingTime()
  await backup.init()

  const change = (): void => {
    run++
    now += quarterHour
    const size = fromBytes + ((toBytes - fromBytes) * Math.min(run, runs)) / runs
    source.change(changedPages, Math.ceil(size / pageBytes))
  }
  const pruneDaily = async (): Promise<void> => {
    if (run % perDay !== 12) return
    const startedMs = performance.now()
    await backup.prune()
    pruneMs = performance.now() - startedMs
  }
  const backUp = async (): Promise<void> => void (await backup.run({ kind: 'scheduled' }))

  return {
    backup,
    place,
    source,
    get pruneMs() {
      return pruneMs
    },
    async step() {
      change()
      await backUp()
      await pruneDaily()
    },
    async window(count) {
      const walls: number[] = []
      let cpuMs = 0
      for (let number = 0; number < count; number++) {
        change()
        pass(quarterHour)
        const [startedMs, cpuBefore] = [performance.now(), cpuMsNow()]
        await backUp()
        walls.push(performance.now() - startedMs)
        cpuMs += cpuMsNow() - cpuBefore
        await pruneDaily()
      }
      return { runMs: median(walls), runCpuMs: cpuMs / count }
    },
  }
}

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
