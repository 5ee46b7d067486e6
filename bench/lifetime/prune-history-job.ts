import { serveJob } from '../measure/serve-job.ts'
import { type PruneTask, firstDay, makeHistory, pruneShop } from './prune-shop.ts'

/** A history, made once, of which each round prunes a copy. */
serveJob<PruneTask>(async (task) => {
  let now = firstDay
  const backup = pruneShop(task, () => now)
  return { work: () => makeHistory(backup, task, (ms) => (now = ms)), close: () => backup.close() }
})
