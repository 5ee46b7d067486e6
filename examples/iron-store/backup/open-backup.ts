import { join } from 'node:path'
import { userInfo } from 'node:os'
import {
  type Backup, BackupError, type Duration, type KeyProvider, type RetentionPolicy, type Schedule,
  backupJobs, combine, createBackup, createScheduler, fifteenYears, forKind, keepDaily, keepLast, keepMonthly, keepWithin, keepYearly, rawKey,
} from '@backup/core'
import { nodeRuntime } from '@backup/core/node'
import { type BackupHandler, createBackupHandler } from '@backup/http'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { sqliteTravel } from '@backup/sqlite-travel'
import type { LiveStore } from '../store/live-store.ts'
import type { MachineKey } from './machine-key.ts'
import { holdingWrites, overLiveStore } from './over-live-store.ts'
import type { RestoreNotes } from './restore-notes.ts'
import type { Keep, Often, Settings } from './settings.ts'
import { type Vendors, clouds } from './vendors.ts'

/** A backup of the store, its schedule, and the API that the dashboard asks. */
export interface OpenBackup {
  readonly backup: Backup
  readonly handler: BackupHandler
  /** Something is under way that must not be interrupted lightly. */
  isBusy(): boolean
  close(): Promise<void>
}

export interface OpenBackupOptions {
  readonly folder: string
  readonly live: LiveStore
  readonly notes: RestoreNotes
  /** With one place at least. */
  readonly settings: Settings
  readonly key: MachineKey
  readonly vendors: Vendors
  readonly port: number
  /** @default the system's */
  readonly clock?: () => Date
  /** Opens the repository with this, and starts nothing by itself: on a machine that has no key to it yet. */
  readonly recovery?: KeyProvider
}

export async function openBackup({ folder, live, notes, settings, key, vendors, port, clock, recovery }: OpenBackupOptions): Promise<OpenBackup> {
  const state = join(folder, 'state')
  const often = rhythms[settings.often]
  const accounts = clouds({ vendors, settings, folder, key, port })
  const backup = createBackup({
    source: overLiveStore(sqlite(live.file), live),
    providers: [...(settings.backupFolder === undefined ? [] : [local(settings.backupFolder)]), ...accounts.map(({ provider }) => provider)],
    keys: recovery ?? rawKey(key.repository),
    retention: policies[settings.keep](),
    // With less than a tenth of a place left, fewer of the young ones: what is kept for years stays.
    whenFull: { above: 0.9, retention: fewer[settings.keep]() },
    schedule: often.schedule,
    // What would be lost at most, and how long it may take until it is back.
    targets: { rpo: often.rpo, rto: '15m' },
    state,
    ...(clock && { clock }),
  })
  const guarded = holdingWrites(backup, live, notes)
  const scheduler = createScheduler({
    jobs: backupJobs(guarded, { prune: { weekly: 'sunday 03:00' }, scrub: { daily: '03:30' }, drill: { cron: '0 4 1 * *' }, health: { every: '5m' } }),
    // What was missed while the program did not run, or the machine slept, is known from here, and caught up.
    state: await nodeRuntime.openState('schedule', state),
    ...(clock && { clock }),
  })
  const running = new Set<string>()
  backup.subscribe((event) => {
    if (event.type === 'run-start') running.add(event.run)
    if (event.type === 'run-end' || event.type === 'run-error') running.delete(event.run)
  })
  let started: Promise<void> | undefined
  const begin = async (): Promise<void> => recovery ? undefined : (started ??= scheduler.start())
  const withStart: Backup = {
    ...guarded,
    async init(options) {
      const made = await guarded.init(options)
      await begin()
      return made
    },
  }
  const travel = sqliteTravel({ live: live.handle })
  const handler = createBackupHandler(withStart, {
    // Who comes as far as here has the token of the shell: see server/access.ts.
    authorize: () => ({ actor: userInfo().username, role: 'owner' }),
    scheduler,
    // Tables as they were, and single rows back, where all of a backup would be too much.
    travel,
    accounts: Object.fromEntries(accounts.map(({ name, account, provider }) => [name, { account, providers: [provider] }])),
    // People sign in with the browser of the system, and this page is in the window of a shell.
    signInBrowser: 'any',
    // What is wrong with the backup is on the page; what is wrong with this program is nowhere else.
    onError: (error) => BackupError.is(error) || console.error(error),
  })
  // An account that is connected becomes a place for copies, and gets those that are there.
  const ends = accounts.map(({ account }) =>
    account.subscribe(async () => {
      try {
        if ((await account.state()).state !== 'connected' || (await backup.setup()).state !== 'ready') return
        await backup.init()
        await backup.sync()
        handler.changed('providers')
      } catch {
        // What is wrong with a provider is said by health.
      }
    }),
  )
  if ((await backup.setup()).state === 'ready') {
    // A place that was added gets what the others have.
    await backup.init().catch(() => {})
    await begin()
  }
  return {
    backup: withStart,
    handler,
    isBusy: () => running.size > 0,
    async close() {
      for (const end of ends) end()
      handler.close()
      await scheduler.stop({ cancel: true })
      await travel.close()
      await backup.close()
    },
  }
}

/** A run may be late by as much as it comes round before somebody has to look. */
const rhythms: Readonly<Record<Often, { readonly schedule: Schedule; readonly rpo: Duration }>> = {
  '15m': { schedule: { every: '15m' }, rpo: '30m' },
  '30m': { schedule: { every: '30m' }, rpo: '1h' },
  '1h': { schedule: { every: '1h' }, rpo: '2h' },
  // As often as it is worth it, by how much changes and how long it takes.
  auto: { schedule: { adaptive: { min: '15m', max: '1h' } }, rpo: '2h' },
  daily: { schedule: { daily: '02:00' }, rpo: '2d' },
  weekly: { schedule: { weekly: 'sunday 02:00' }, rpo: '14d' },
}

const policies: Readonly<Record<Keep, () => RetentionPolicy>> = {
  'fifteen-years': () => fifteenYears(),
  year: () => combine(keepWithin({ hours: 48 }), keepDaily({ days: 30 }), keepMonthly({ years: 1 })),
  'last-100': () => keepLast(100),
}

const fewer: Readonly<Record<Keep, () => RetentionPolicy>> = {
  'fifteen-years': () => combine(keepWithin({ hours: 24 }), keepDaily({ days: 7 }), keepMonthly({ years: 10 }), keepYearly(), forKind('emergency', keepWithin({ days: 90 }))),
  year: () => combine(keepWithin({ hours: 24 }), keepDaily({ days: 7 }), keepMonthly({ years: 1 })),
  'last-100': () => keepLast(30),
}
