import { serveJob } from '../measure/serve-job.ts'
import { type PruneJob, betweenRunsMs, dayMs, firstDay, makeHistory, pruneShop } from './prune-shop.ts'

/**
 * Half of the snapshots go, and what only they needed: into the trash, for good when its time is over, announced, gathered, removed.
 * All of the work is measured, and none of the days between.
 */
serveJob<PruneJob>(async (task) => {
  let now = firstDay
  const backup = pruneShop(task, () => now)
  // As in an application that backs up and prunes; otherwise as a command does, and the opening of the repository is measured too.
  if (task.history === 'made') await makeHistory(backup, task, (ms) => (now = ms))
  else now += task.snapshots * betweenRunsMs
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
