import { serveJob } from '../measure/serve-job.ts'
import { openOurs } from './open.ts'
import type { OursPlace } from './open.ts'

/** One run of ours in a process of its own. */
export interface OursTask extends OursPlace {
  step: 'init' | 'backup' | 'restore' | 'verify'
  /** Where a restore goes. */
  to?: string
}

serveJob<OursTask>(async (task) => {
  const backup = openOurs(task)
  const steps: Readonly<Record<OursTask['step'], () => Promise<unknown>>> = {
    init: () => backup.init(),
    backup: () => Promise.resolve(backup.run()),
    restore: () => Promise.resolve(backup.restore('latest', { to: task.to as string })),
    verify: () => Promise.resolve(backup.verify({ depth: 'data' })),
  }
  // Listing opens the repository: what follows has no key derivation in it.
  if (task.step !== 'init') await backup.snapshots()
  return { work: async () => void (await steps[task.step]()), close: () => backup.close() }
})
