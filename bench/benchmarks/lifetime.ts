import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenTask } from '../lifetime/open-job.ts'
import { yearColumns, yearRow } from '../lifetime/year-figures.ts'
import type { YearsResult, YearsTask } from '../lifetime/years-job.ts'
import { measureJob } from '../measure/job.ts'
import { plainProgram } from '../measure/plain-program.ts'
import type { Benchmark } from './benchmark.ts'

/** Bytes of the real shop for one that is simulated: 50 MB to 10 GB become 250 kB to 50 MB. */
const SCALE = 200
const FROM_BYTES = 50e6 / SCALE
const TO_BYTES = 10e9 / SCALE
const CHANGED_PAGES = 4
/** The years simulated: BACKUP_LIFETIME_YEARS=1 for a trial. */
const YEARS = Number(process.env['BACKUP_LIFETIME_YEARS'] ?? 15)

/**
 * Fifteen years of a backup every 15 minutes on a clock of its own: retention, collection and gathering every day. Everything is real
 * but the size of the data, the place, which is in memory, and time.
 */
export const lifetime: Benchmark = async ({ folder, rounds }, report) => {
  report.say(`${YEARS} years, every 15 minutes, ${FROM_BYTES / 1e6} MB growing to ${TO_BYTES / 1e6} MB (1:${SCALE}), ${CHANGED_PAGES} pages changed each time`)
  const young = plainProgram(new URL('../lifetime/young-job.ts', import.meta.url))
  const task: YearsTask = { folder, years: YEARS, fromBytes: FROM_BYTES, toBytes: TO_BYTES, changedPages: CHANGED_PAGES, young }
  const { result } = await measureJob(new URL('../lifetime/years-job.ts', import.meta.url), task, { execArgv: ['--max-old-space-size=8192'] })
  rmSync(young)
  const { years, pairs } = result as YearsResult
  for (const cells of [yearColumns, ...years.map(yearRow)]) report.say(cells.join(' | '))
  const last = years.at(-1)!
  const peerName = 'a backup in year 1, in turns'
  report.add({ name: 'lifetime.run.wall', unit: 'ms', peerName, ours: pairs.map(({ old }) => old.runMs), peer: pairs.map((pair) => pair.young.runMs) })
  report.add({ name: 'lifetime.run.cpu', unit: 'ms', peerName, ours: pairs.map(({ old }) => old.runCpuMs), peer: pairs.map((pair) => pair.young.runCpuMs) })
  report.add({ name: 'lifetime.snapshots', unit: 'pieces', peerName: 'at most', ours: [last.snapshots], peer: [1000] })
  report.add({ name: 'lifetime.objects', unit: 'pieces', peerName: 'at most', ours: [Math.max(...years.map(({ objects }) => objects))], peer: [60_000] })
  for (let round = 0; round < rounds; round++) {
    const scratch = join(folder, `open-${round}`)
    mkdirSync(scratch)
    const open: OpenTask = { folder: scratch, repository: join(folder, 'repository') }
    const { cost } = await measureJob(new URL('../lifetime/open-job.ts', import.meta.url), open)
    report.add({ name: 'lifetime.open.wall', unit: 's', peerName: 'at most', ours: [cost.wallMs / 1000], peer: [3] })
    report.add({ name: 'lifetime.open.memory', unit: 'bytes', peerName: 'at most', ours: [cost.peakBytes], peer: [200e6] })
  }
}
