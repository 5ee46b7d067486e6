import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { onTestFinished } from 'vitest'
import { makeDataFolder } from '../backup/vault.ts'
import { type RunningStore, type StartOptions, startStore } from '../server/start-store.ts'
import { type SampleOptions, writeSample } from '../store/sample.ts'

export interface Machine {
  /** Of the program: `store.db`, settings, keys. */
  readonly data: string
  /** The page: an empty one, unless a test shows it. */
  readonly ui: string
  /** A folder on another disk. */
  readonly backups: string
  /** Starts the program in this process, with what lies there. Ended with the test, if not before. */
  start(options?: Partial<StartOptions>): Promise<RunningStore>
  /** Another program looks into the database, or spoils it. */
  sql(statement: string): unknown
}

const quarterMs = 15 * 60_000
const shiftMs = 60_000 - (Date.now() % quarterMs)

/** A minute past a quarter of an hour when the tests begin, so that no backup of the schedule comes in between. */
export function earlyInTheQuarter(): Date {
  return new Date(Date.now() + shiftMs)
}

export interface MachineOptions extends SampleOptions {
  /** The database gets so much larger, with what cannot be compressed. @default 0 */
  readonly megabytes?: number
  readonly ui?: string
  /** The other disk, where it is that of another machine. */
  readonly disk?: string
}

/** A machine with two disks, and what was bought and sold before. With `days: 0` it is new. */
export function machine({ megabytes = 0, ui, disk, ...sample }: MachineOptions = {}): Machine {
  const folder = mkdtempSync(join(tmpdir(), 'iron-store-'))
  const data = join(folder, 'data')
  const file = join(data, 'store.db')
  makeDataFolder(data)
  mkdirSync(join(folder, 'other-disk'))
  if (sample.days !== 0) writeSample(file, sample)
  const page = ui ?? join(folder, 'ui')
  if (!ui) {
    mkdirSync(page)
    for (const name of ['index.html', 'app.js', 'app.css']) writeFileSync(join(page, name), '')
  }
  const running: RunningStore[] = []
  onTestFinished(async () => {
    for (const store of running) await store.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const made: Machine = {
    data,
    ui: page,
    backups: disk ?? join(folder, 'other-disk/backups'),
    async start(options = {}) {
      const store = await startStore({ folder: data, ui: page, clock: earlyInTheQuarter, ...options })
      let stopped: Promise<void> | undefined
      const once = { ...store, stop: () => (stopped ??= store.stop()) }
      running.push(once)
      return once
    },
    sql(statement) {
      const database = new DatabaseSync(file)
      database.exec('PRAGMA busy_timeout = 60000')
      try {
        return /^\s*(SELECT|PRAGMA)/i.test(statement) ? Object.values(database.prepare(statement).get() ?? {})[0] : database.exec(statement)
      } finally {
        database.close()
      }
    },
  }
  for (let count = 0; count < megabytes; count++) {
    made.sql(`INSERT INTO customer (name, address, email, phone) VALUES ('Archive ${count}', hex(randomblob(500000)), '', '')`)
  }
  return made
}

/** Some tool tidies up, and takes the latest invoices with it. */
export const loseInvoices = `DROP TRIGGER invoice_stays; DROP TRIGGER invoice_line_stays; DELETE FROM invoice_line WHERE invoice_id > 100;
  UPDATE stock_move SET invoice_id = NULL WHERE invoice_id > 100; DELETE FROM invoice WHERE id > 100`
