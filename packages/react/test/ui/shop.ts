import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type Backup, type BackupProvider, type BackupSource, backupJobs, createBackup, createScheduler, fifteenYears, rawKey } from '@backup/core'
import { type BackupHandler, createBackupHandler } from '@backup/http'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { sqliteTravel } from '@backup/sqlite-travel'
import { type Vendor, vendor } from './vendor.ts'

export interface Shop {
  readonly backup: Backup
  /** The one of now: see `restart`. */
  readonly handler: BackupHandler
  readonly database: DatabaseSync
  readonly file: string
  readonly vendor: Vendor
  /** Sells something: the next backup has something to store. */
  sell(invoices: number): void
  /** What the cloud does to each call, until it is told otherwise. */
  cloud(fate: Fate): void
  /** The same of the disk. */
  disk(fate: Fate): void
  /** Who looks from now on. */
  become(role: Role): void
  /** The program forgets what only its memory had. */
  restart(): void
  /** Time goes by. */
  later(ms: number): void
  /** From now on things happen by themselves, when it is their time. */
  schedule(): Promise<void>
  /** Folders of the copies. */
  readonly copies: readonly string[]
  close(): Promise<void>
}

/**
 * | fate | what comes of a call |
 * | --- | --- |
 * | `hangs` | nothing, until it is told otherwise |
 * | `crawls` | it takes a second for each megabyte that is stored |
 */
type Fate = 'works' | 'fails' | 'hangs' | 'crawls'

type Role = 'owner' | 'operator' | 'restorer' | 'viewer' | 'nobody'

export interface ShopOptions {
  /** Days of history. @default 0: not even a repository */
  readonly days?: number
  /** Hours between two backups of the history. @default 24 */
  readonly everyHours?: number
  /** Days ago on which nothing was backed up. */
  readonly gap?: readonly number[]
  /** @default 'owner' */
  readonly role?: Role
  /** @default true */
  readonly isConnected?: boolean
  /** Copies without which a backup is not over. @default 1 */
  readonly required?: number
  /** Restores may go to any file of the folder of the shop. @default false: only over the live data */
  readonly allowsPlaces?: boolean
  /** Something is different with what is backed up. */
  readonly source?: (source: BackupSource) => BackupSource
}

const hourMs = 3_600_000
const lookMs = 20
const bytesPerMs = 1000
const pause = (): Promise<void> => new Promise((done) => setTimeout(done, lookMs))

/** A store with a real database, a disk, and a cloud; its past is made with a clock that is turned. */
export async function shop({ days = 0, everyHours = 24, gap = [], role = 'owner', required = 1, isConnected = true, allowsPlaces = false, source = (own) => own }: ShopOptions = {}): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-shop-'))
  const file = join(folder, 'store.db')
  const database = new DatabaseSync(file)
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer TEXT, total REAL, note BLOB)')
  const insert = database.prepare('INSERT INTO invoice (customer, total, note) VALUES (?, ?, randomblob(400))')
  const sell = (invoices: number): void => {
    database.exec('BEGIN')
    for (let n = 0; n < invoices; n++) insert.run(`Customer ${n % 97}`, Math.round(n * 713) / 100)
    database.exec('COMMIT')
  }
  sell(800)
  const copies = ['usb-disk', 'cloud'].map((place) => join(folder, place))
  for (const place of copies) mkdirSync(place)
  const fates: { disk: Fate; cloud: Fate } = { disk: 'works', cloud: 'works' }
  const disk = fated(local(copies[0]!), () => fates.disk)
  const cloud = elsewhere(fated(local(copies[1]!), () => fates.cloud))
  let offsetMs = -days * 24 * hourMs
  const clock = (): Date => new Date(Date.now() + offsetMs)
  const backup = createBackup({
    source: source(sqlite(file)),
    providers: [disk, cloud],
    keys: rawKey(new Uint8Array(32).fill(9)),
    copies: { required },
    retention: fifteenYears(),
    schedule: { every: '15m' },
    targets: { rpo: '1h', rto: '15m' },
    state: join(folder, 'state'),
    workers: 1,
    clock,
  })
  if (days > 0) {
    await backup.init()
    for (let hour = 0; hour < days * 24; hour += everyHours) {
      const daysAgo = Math.floor(days - hour / 24)
      offsetMs = (hour - days * 24) * hourMs - 1000
      if (gap.includes(daysAgo)) continue
      sell(25)
      await backup.run({ kind: 'scheduled' })
      if (daysAgo % 14 === 7 && hour % 24 === 0) await backup.drill({ actor: 'schedule' })
    }
    offsetMs = -6 * 60_000
    sell(3)
    await backup.run({ note: 'Before the price list was changed' })
    offsetMs = 0
  }
  const signIn = vendor(isConnected)
  const scheduler = createScheduler({ jobs: backupJobs(backup, { prune: { daily: '03:00' }, drill: { weekly: 'sunday 04:00' } }) })
  const travel = sqliteTravel({ live: database })
  let who = role
  const served = (): BackupHandler =>
    createBackupHandler(backup, {
      authorize: () => who !== 'nobody' && { actor: 'anna@iron-store.example', role: who },
      clock,
      scheduler,
      travel,
      accounts: { drive: { account: signIn.account, providers: [cloud] } },
      pingMs: 1000,
      ...(allowsPlaces && { allowPlace: (place) => dirname(place) === folder }),
    })
  let handler = served()
  return {
    backup,
    get handler() {
      return handler
    },
    become: (next) => void (who = next),
    restart() {
      handler.close()
      handler = served()
    },
    database,
    file,
    vendor: signIn,
    sell,
    copies,
    cloud: (next) => void (fates.cloud = next),
    disk: (next) => void (fates.disk = next),
    schedule: () => scheduler.start(),
    later: (ms) => void (offsetMs += ms),
    async close() {
      fates.disk = fates.cloud = 'works'
      handler.close()
      await scheduler.stop({ cancel: true })
      await travel.close()
      await backup.close()
      if (database.isOpen) database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function fated(provider: BackupProvider, fateNow: () => Fate): BackupProvider {
  const before = async (): Promise<void> => {
    if (fateNow() === 'fails') throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    while (fateNow() === 'hangs') await pause()
  }
  return {
    ...provider,
    async put(key, bytes, options) {
      await before()
      for (let ms = 0; fateNow() === 'crawls' && ms < bytes.length / bytesPerMs; ms += lookMs) await pause()
      return provider.put(key, bytes, options)
    },
    get: async (...given) => (await before(), provider.get(...given)),
    stat: async (...given) => (await before(), provider.stat(...given)),
  }
}

/** As far as anybody can tell. */
function elsewhere(provider: BackupProvider): BackupProvider {
  return { ...provider, name: 'gdrive', capabilities: { ...provider.capabilities, nearby: false } }
}
