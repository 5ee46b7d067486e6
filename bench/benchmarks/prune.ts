import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { changePages } from '../lifetime/change-pages.ts'
import type { PruneTask } from '../lifetime/prune-job.ts'
import { measureCommand } from '../measure/command.ts'
import type { Cost } from '../measure/cost.ts'
import { measureJob } from '../measure/job.ts'
import type { Benchmark } from './benchmark.ts'

/** BACKUP_PRUNE_SNAPSHOTS=100 for a trial: restic takes most of a second for each. */
const SNAPSHOTS = Number(process.env['BACKUP_PRUNE_SNAPSHOTS'] ?? 1000)
const CHANGED_PAGES = 20

/** Half of many snapshots of the same history removed, and their space reclaimed. */
export const prune: Benchmark = async ({ rounds, folder }, report) => {
  const costs: { ours: Cost[]; restic: Cost[] } = { ours: [], restic: [] }
  for (let round = 0; round < rounds; round++) {
    report.say(`${SNAPSHOTS} snapshots of 20 MB, ${CHANGED_PAGES} pages changed each time, round ${round + 1} of ${rounds}`)
    const scratch = join(folder, `prune-${round}`)
    mkdirSync(scratch)
    const task: PruneTask = { folder: scratch, snapshots: SNAPSHOTS, changedPages: CHANGED_PAGES }
    costs.ours.push((await measureJob(new URL('../lifetime/prune-job.ts', import.meta.url), task)).cost)
    costs.restic.push(await resticIn(scratch))
  }
  const add = (name: string, unit: 's' | 'bytes', of: (cost: Cost) => number): void =>
    report.add({ name: `prune.${name}`, unit, peerName: 'restic', ours: costs.ours.map(of), peer: costs.restic.map(of) })
  add('wall', 's', ({ wallMs }) => wallMs / 1000)
  add('cpu', 's', ({ cpuMs }) => cpuMs / 1000)
  add('memory', 'bytes', ({ peakBytes }) => peakBytes)
}

async function resticIn(folder: string): Promise<Cost> {
  const file = join(folder, 'data')
  const env = { RESTIC_REPOSITORY: join(folder, 'restic'), RESTIC_PASSWORD: 'benchmark', RESTIC_CACHE_DIR: join(folder, 'cache') }
  const restic = (...args: string[]): Promise<Cost> => measureCommand({ program: 'restic', args: ['-q', ...args], env })
  await restic('init')
  for (let number = 0; number < SNAPSHOTS; number++) {
    changePages(file, CHANGED_PAGES, number)
    await restic('backup', file)
  }
  return restic('forget', '--keep-last', `${SNAPSHOTS / 2}`, '--prune')
}
