import { createBackup, rawKey } from '@backup/core'
import { local } from '@backup/local'
import { growingPages } from './growing-pages.ts'
import { serveJob } from '../measure/serve-job.ts'

export interface OpenTask {
  readonly folder: string
  readonly repository: string
}

/** Somebody opens the repository who has nothing but the key: no cache, no memory. */
serveJob<OpenTask>(async ({ folder, repository }) => {
  const backup = createBackup({
    source: growingPages(folder),
    providers: [local(repository)],
    keys: rawKey(new Uint8Array(32).fill(1)),
    state: folder,
    workers: 0,
  })
  return {
    work: async (): Promise<number> => (await backup.snapshots()).length,
    close: () => backup.close(),
  }
})
