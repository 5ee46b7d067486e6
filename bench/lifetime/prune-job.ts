import { join } from 'node:path'
import { createBackup, keepLast, passphrase } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { changePages } from './change-pages.ts'
import { serveJob } from '../measure/serve-job.ts'

export interface PruneTask {
  /** Holds `data`, a file of pages. */
  readonly folder: string
  readonly snapshots: number
  readonly changedPages: number
}

const day = 86_400_000

/**
 * Half of the snapshots go, and what only they needed: into the trash, for good when its time is over, announced, gathered, removed.
 * All of the work is measured, and none of the days between.
 */
serveJob<PruneTask>(async ({ folder, snapshots, changedPages }) => {
  const file = join(folder, 'data')
  let now = Date.UTC(2031, 0, 1)
  const backup = createBackup({
    source: pageFile(file, { pageBytes: 4096 }),
    providers: [local(join(folder, 'ours'))],
    keys: passphrase('benchmark'),
    state: join(folder, 'state'),
    retention: keepLast(snapshots / 2),
    clock: () => new Date(now),
    workers: 0,
  })
  await backup.init()
  for (let number = 0; number < snapshots; number++) {
    changePages(file, changedPages, number)
    now += 900_000
    await backup.run()
  }
  return {
    async work(): Promise<number> {
      let removed = 0
      for (let rounds = 0; rounds < 3; rounds++) {
        const { collection } = await backup.prune()
        removed += collection.removedPacks
        now += 8 * day
      }
      return removed
    },
    close: () => backup.close(),
  }
})
