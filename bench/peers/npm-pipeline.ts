import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ContenderFactory, Peer } from './contender.ts'
import type { Cost } from '../measure/cost.ts'
import { measureJob } from '../measure/job.ts'
import type { PipelineTask } from './npm-pipeline-job.ts'

/**
 * What applications usually write themselves: read stream, gzip, AES-256-GCM, write stream; a whole file
 * every time.
 */
export const npmPipeline: Peer = {
  name: 'npm pipeline',
  contender: pipeline({ watchLoop: false }),
  version: () => `Node ${process.version}: fs stream, gzip, AES-256-GCM, file`,
}

/** The pipeline in a process whose event loop is watched, if so wanted. */
export function pipeline(options: { watchLoop: boolean }): ContenderFactory {
  return (file, folder) => {
    const repository = join(folder, 'repository')
    let copies = 0
    const newest = (): string => join(repository, `copy-${copies}`)
    const run = async (task: PipelineTask): Promise<Cost> => {
      const { cost } = await measureJob(new URL('./npm-pipeline-job.ts', import.meta.url), task, options)
      return cost
    }

    return {
      repository,
      async init() {
        mkdirSync(repository, { recursive: true })
      },
      backup() {
        copies++
        return run({ step: 'backup', from: file, to: newest() })
      },
      restore: (to) => run({ step: 'restore', from: newest(), to }),
      verify: () => run({ step: 'verify', from: newest() }),
    }
  }
}
