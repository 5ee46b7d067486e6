import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ContenderFactory, Peer } from './contender.ts'
import { measureCommand } from '../measure/command.ts'
import type { Cost } from '../measure/cost.ts'
import { onlyFileBelow } from '../measure/only-file.ts'
import { versionOf } from './installed.ts'

/** borg with its own defaults: lz4, AES and HMAC with the key in a local repository. */
export const borg: Peer = {
  name: 'borg',
  contender: (file, folder) => borgIn(file, folder),
  version: () => versionOf('borg', ['--version'], 'borgbackup'),
}

const borgIn: ContenderFactory = (file, folder) => {
  const repository = join(folder, 'repository')
  const env = { BORG_REPO: repository, BORG_PASSPHRASE: 'benchmark', BORG_BASE_DIR: join(folder, 'base') }
  const run = (cwd: string, ...args: string[]): Promise<Cost> =>
    measureCommand({ program: 'borg', args, cwd, env })
  let archives = 0

  return {
    repository,
    async init() {
      mkdirSync(folder, { recursive: true })
      await run(folder, 'init', '--encryption=repokey')
    },
    backup: () => run(folder, 'create', `::archive-${++archives}`, file),
    async restore(to) {
      const target = join(folder, 'restored')
      mkdirSync(target)
      const cost = await run(target, 'extract', `::archive-${archives}`)
      renameSync(onlyFileBelow(target), to)
      rmSync(target, { recursive: true })
      return cost
    },
    verify: () => run(folder, 'check', '--verify-data'),
  }
}
