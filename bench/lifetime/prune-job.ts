import { serveJob } from '../measure/serve-job.ts'
import { type PruneTask, betweenRunsMs, dayMs, firstDay, pruneShop } from './prune-shop.ts'

/**
 * Half of the snapshots go, and what only they needed: into the trash, for good when its time is over, announced, gathered, removed.
 * All of the work is measured, with the opening of the repository, and none of the days between.
 */
serveJob<PruneTask>(async (task) => {
  let now = firstDay + task.snapshots * betweenRunsMs
  const backup = pruneShop(task, () => now)
  return {
    async work(): Promise<{ readonly removed: number; readonly left: number }> {
      let removed = 0
      for (let rounds = 0; rounds < 3; rounds++) {
        const { collection } = await backup.prune()
        removed += collection.removedPacks
        now += 8 * dayMs
      }
      return { removed, left: (await backup.snapshots()).length }
    },
    close: () => backup.close(),
  }
})
