import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createStore } from '@backup-internal/store'
import { serveJob } from '../measure/serve-job.ts'
import { openOurs } from '../ours/open.ts'

export interface BackupsTask {
  /** An empty folder. */
  folder: string
  /** Backups in a row, the same amount changed before each. */
  backups: number
}

const DATABASE_BYTES = 10_000_000
const ROWS_CHANGED = 20
/** Spreads the changed rows over the table. */
const STRIDE = 7_919

/**
 * An application that runs for months: one process, one opened repository, one small backup after the other.
 */
serveJob<BackupsTask>(async ({ folder, backups }) => {
  const file = join(folder, 'store.db')
  const { invoices } = createStore(file, { bytes: DATABASE_BYTES })
  const backup = openOurs({
    source: 'sqlite',
    file,
    repository: join(folder, 'repository'),
    state: join(folder, 'state'),
  })
  await backup.init()
  const db = new DatabaseSync(file)
  db.exec('PRAGMA synchronous = NORMAL')
  const update = db.prepare('UPDATE invoices SET paid_cents = paid_cents + 1, updated_at = ? WHERE id = ?')

  return {
    async work(): Promise<number[]> {
      const wallsMs: number[] = []
      for (let number = 0; number < backups; number++) {
        for (let row = 0; row < ROWS_CHANGED; row++) {
          update.run(Date.now(), 1 + (((number * ROWS_CHANGED + row) * STRIDE) % invoices))
        }
        const startedMs = performance.now()
        await backup.run()
        wallsMs.push(performance.now() - startedMs)
      }
      return wallsMs
    },
    async close() {
      db.close()
      await backup.close()
    },
  }
})
