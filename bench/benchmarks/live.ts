import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { changeStore, readInvariant, startWriter } from '@backup-internal/store'
import type { ContenderFactory } from '../peers/contender.ts'
import type { Databases } from './databases.ts'
import type { EntrantFactory } from './entrant.ts'

/** Another process writes to the database, before each backup and while it runs. */
export function whileWriting(factory: ContenderFactory, databases: Databases): EntrantFactory {
  return (folder) => {
    const file = join(folder, 'store.db')
    const contender = factory(file, join(folder, 'contender'))
    return {
      repository: contender.repository,
      async begin() {
        mkdirSync(folder)
        copyFileSync(databases.initial, file)
        const db = new DatabaseSync(file)
        db.exec('PRAGMA journal_mode = WAL')
        db.close()
        await contender.init()
      },
      async backup() {
        const writer = await startWriter(file, { transactionsPerSecond: TRANSACTIONS_PER_SECOND })
        await wait(LEAD_MS)
        const cost = await contender.backup().catch(async (error: unknown) => {
          await writer.kill()
          throw error
        })
        const { transactions, ranMs } = await writer.stop()
        const pace = transactions / (ranMs / 1000)
        if (pace > TRANSACTIONS_PER_SECOND * LEAST_PACE) return cost
        throw new Error(`the writer was held up: it came to ${pace.toFixed(0)} transactions a second`)
      },
      async change() {
        changeStore(file, 'uniform')
      },
      async restore() {
        const restored = join(folder, 'restored.db')
        const cost = await contender.restore(restored)
        expectSound(restored)
        rmSync(restored)
        return cost
      },
      verify: () => contender.verify(),
    }
  }
}

/** The writer went on after the snapshot, so the bytes differ; but the sums must be those of one moment. */
function expectSound(path: string): void {
  const { holds, payments } = readInvariant(path)
  const db = new DatabaseSync(path, { readOnly: true })
  const check = db.prepare('PRAGMA quick_check').get()?.quick_check
  db.close()
  if (holds && payments > 0 && check === 'ok') return
  throw new Error(
    `the restored database is not sound: ${String(check)}, sums hold: ${holds}, payments: ${payments}`,
  )
}

const TRANSACTIONS_PER_SECOND = 200
/** Share of its pace that the writer must keep for the run to count. */
const LEAST_PACE = 0.9
/** How long the writer runs before a backup begins. */
const LEAD_MS = 1000
