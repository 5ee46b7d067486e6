import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { changePages } from '../lifetime/change-pages.ts'
import type { PruneJob, PruneTask } from '../lifetime/prune-shop.ts'
import { measureCommand } from '../measure/command.ts'
import type { Cost } from '../measure/cost.ts'
import { measureJob } from '../measure/job.ts'
import type { Benchmark } from './benchmark.ts'

/** BACKUP_PRUNE_SNAPSHOTS=100 for a trial: restic takes most of a second for each. */
const SNAPSHOTS = Number(process.env['BACKUP_PRUNE_SNAPSHOTS'] ?? 1000)
const CHANGED_PAGES = 20

/**
 * Half of many snapshots of the same history removed, and their space reclaimed: by the process that made the snapshots, as in an application,
 * and by one that was just started, as restic is.
 */
export const prune: Benchmark = async ({ rounds, folder }, report) => {
  const history = join(folder, 'prune-history')
  mkdirSync(history)
  report.say(`${SNAPSHOTS} snapshots of 20 MB are made, ${CHANGED_PAGES} pages changed each time`)
  await measureJob(new URL('../lifetime/prune-history-job.ts', import.meta.url), taskIn(history))
  await resticHistory(history)
  const costs: Record<'running' | 'started' | 'restic', Cost[]> = { running: [], started: [], restic: [] }
  for (let round = 0; round < rounds; round++) {
    report.say(`half of them removed, round ${round + 1} of ${rounds}`)
    const [scratch, own] = [join(folder, `prune-${round}`), join(folder, `prune-own-${round}`)]
    mkdirSync(own)
    costs.running.push(await pruned({ ...taskIn(own), history: 'made' }))
    // Stored objects are never written to, so links will do for them; states and caches are.
    execFileSync('cp', ['-a', '--link', history, scratch])
    for (const part of ['state', 'cache']) {
      rmSync(join(scratch, part), { recursive: true })
      execFileSync('cp', ['-a', join(history, part), scratch])
    }
    costs.started.push(await pruned({ ...taskIn(scratch), history: 'found' }))
    costs.restic.push(await resticIn(scratch, 'forget', '--keep-last', `${SNAPSHOTS / 2}`, '--prune'))
    for (const each of [scratch, own]) rmSync(each, { recursive: true })
  }
  for (const way of ['running', 'started'] as const) {
    const add = (name: string, unit: 's' | 'bytes', of: (cost: Cost) => number): void =>
      report.add({ name: `prune.${way}.${name}`, unit, peerName: 'restic', ours: costs[way].map(of), peer: costs.restic.map(of) })
    add('wall', 's', ({ wallMs }) => wallMs / 1000)
    add('cpu', 's', ({ cpuMs }) => cpuMs / 1000)
    add('memory', 'bytes', ({ peakBytes }) => peakBytes)
  }
}

async function pruned(task: PruneJob): Promise<Cost> {
  const { cost, result } = await measureJob(new URL('../lifetime/prune-job.ts', import.meta.url), task)
  const { removed, left } = result as { removed: number; left: number }
  if (left !== SNAPSHOTS / 2 || removed === 0) throw new Error(`${removed} packs were removed, and ${left} snapshots are left.`)
  return cost
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
