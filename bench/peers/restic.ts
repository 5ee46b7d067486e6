import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ContenderFactory, Peer } from './contender.ts'
import { measureCommand } from '../measure/command.ts'
import type { Cost } from '../measure/cost.ts'
import { versionOf } from './installed.ts'

/** restic with its own defaults: compression auto, a local repository, a cache of its own. */
export const restic: Peer = {
  name: 'restic',
  contender: (file, folder) => resticIn(file, folder),
  version: () => versionOf('restic', ['version'], 'restic'),
}

const resticIn: ContenderFactory = (file, folder) => {
  const repository = join(folder, 'repository')
  const env = {
    RESTIC_REPOSITORY: repository,
    RESTIC_PASSWORD: 'benchmark',
    RESTIC_CACHE_DIR: join(folder, 'cache'),
  }
  const run = (...args: string[]): Promise<Cost> =>
    measureCommand({ program: 'restic', args: ['-q', ...args], env })

  return {
    repository,
    async init() {
      mkdirSync(folder, { recursive: true })
      await run('init')
    },
    backup: () => run('backup', file),
    async restore(to) {
      // It comes back below the whole path that it was backed up from.
      const target = join(folder, 'restored')
      const cost = await run('restore', 'latest', '--target', target)
      renameSync(join(target, resolve(file)), to)
      rmSync(target, { recursive: true })
      return cost
    },
    verify: () => run('check', '--read-data'),
  }
}
