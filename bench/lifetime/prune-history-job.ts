import { join } from 'node:path'
import { serveJob } from '../measure/serve-job.ts'
import { changePages } from './change-pages.ts'
import { type PruneTask, betweenRunsMs, firstDay, pruneShop } from './prune-shop.ts'

/** A history, made once, of which each round prunes a copy. */
serveJob<PruneTask>(async (task) => {
  let now = firstDay
  const backup = pruneShop(task, () => now)
  await backup.init()
  return {
    async work(): Promise<number> {
      for (let number = 0; number < task.snapshots; number++) {
        changePages(join(task.folder, 'data'), task.changedPages, number)
        now += betweenRunsMs
        await backup.run()
      }
      return task.snapshots
    },
    close: () => backup.close(),
  }
})
