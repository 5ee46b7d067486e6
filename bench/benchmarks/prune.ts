import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { changePages } from '../lifetime/change-pages.ts'
import type { PruneTask } from '../lifetime/prune-shop.ts'
import { measureCommand } from '../measure/command.ts'
import type { Cost } from '../measure/cost.ts'
import { measureJob } from '../measure/job.ts'
import type { Benchmark } from './benchmark.ts'

/** BACKUP_PRUNE_SNAPSHOTS=100 for a trial: restic takes most of a second for each. */
const SNAPSHOTS = Number(process.env['BACKUP_PRUNE_SNAPSHOTS'] ?? 1000)
const CHANGED_PAGES = 20

/** Half of many snapshots of the same history removed, and their space reclaimed, each time by a program just started. */
export const prune: Benchmark = async ({ rounds, folder }, report) => {
  const history = join(folder, 'prune-history')
  mkdirSync(history)
  report.say(`${SNAPSHOTS} snapshots of 20 MB are made, ${CHANGED_PAGES} pages changed each time`)
  await measureJob(new URL('../lifetime/prune-history-job.ts', import.meta.url), taskIn(history))
  await resticHistory(history)
  const costs: { ours: Cost[]; restic: Cost[] } = { ours: [], restic: [] }
  for (let round = 0; round < rounds; round++) {
    report.say(`half of them removed, round ${round + 1} of ${rounds}`)
    const scratch = join(folder, `prune-${round}`)
    // Stored objects are never written to, so links will do for them; states and caches are.
    execFileSync('cp', ['-a', history, scratch, '--link'])
    for (const own of ['state', 'cache']) {
      rmSync(join(scratch, own), { recursive: true })
      execFileSync('cp', ['-a', join(history, own), scratch])
    }
    const ours = await measureJob(new URL('../lifetime/prune-job.ts', import.meta.url), taskIn(scratch))
    const { removed, left } = ours.result as { removed: number; left: number }
    if (left !== SNAPSHOTS / 2 || removed === 0) throw new Error(`${removed} packs were removed, and ${left} snapshots are left.`)
    costs.ours.push(ours.cost)
    costs.restic.push(await resticIn(scratch, 'forget', '--keep-last', `${SNAPSHOTS / 2}`, '--prune'))
    rmSync(scratch, { recursive: true })
  }
  const add = (name: string, unit: 's' | 'bytes', of: (cost: Cost) => number): void =>
    report.add({ name: `prune.${name}`, unit, peerName: 'restic', ours: costs.ours.map(of), peer: costs.restic.map(of) })
  add('wall', 's', ({ wallMs }) => wallMs / 1000)
  add('cpu', 's', ({ cpuMs }) => cpuMs / 1000)
  add('memory', 'bytes', ({ peakBytes }) => peakBytes)
}

const taskIn = (folder: string): PruneTask => ({ folder, snapshots: SNAPSHOTS, changedPages: CHANGED_PAGES })

async function resticHistory(folder: string): Promise<void> {
  const file = join(folder, 'data')
  await resticIn(folder, 'init')
  for (let number = 0; number < SNAPSHOTS; number++) {
    changePages(file, CHANGED_PAGES, number)
    await resticIn(folder, 'backup', file)
  }
}

function resticIn(folder: string, ...args: string[]): Promise<Cost> {
  const env = { RESTIC_REPOSITORY: join(folder, 'restic'), RESTIC_PASSWORD: 'benchmark', RESTIC_CACHE_DIR: join(folder, 'cache') }
  return measureCommand({ program: 'restic', args: ['-q', ...args], env })
}
