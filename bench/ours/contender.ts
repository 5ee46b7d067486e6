import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Cost } from '../measure/cost.ts'
import { measureJob } from '../measure/job.ts'
import type { ContenderFactory } from '../peers/contender.ts'
import type { OursTask } from './job.ts'
import type { Copies } from './open.ts'

export interface OursOptions {
  /** `file`: a page file at rest. `sqlite`: a database that others write to. `tree`: a folder. Default `file`. */
  source?: 'file' | 'sqlite' | 'tree'
  /** Worker threads; what the library chooses when absent. */
  workers?: number
  deltas?: boolean
  /** Several providers instead of one. */
  copies?: Copies
  /** Watch the event loop of the process in which the library runs. */
  watchLoop?: boolean
}

/**
 * The packages of this repository. The repository is opened before a run is measured: an application does
 * that once.
 */
export function ours({ watchLoop = false, ...options }: OursOptions = {}): ContenderFactory {
  return (file, folder) => {
    const repository = join(folder, 'repository')
    const about = { source: 'file', ...options, file, repository, state: join(folder, 'state') } as const
    const run = (task: Pick<OursTask, 'step' | 'to'>): Promise<Cost> =>
      runJob({ ...about, ...task }, watchLoop)

    return {
      repository,
      async init() {
        mkdirSync(folder, { recursive: true })
        await run({ step: 'init' })
      },
      backup: () => run({ step: 'backup' }),
      restore: (to) => run({ step: 'restore', to }),
      verify: () => run({ step: 'verify' }),
    }
  }
}

async function runJob(task: OursTask, watchLoop: boolean): Promise<Cost> {
  const { cost } = await measureJob(new URL('./job.ts', import.meta.url), task, { watchLoop })
  return cost
}
