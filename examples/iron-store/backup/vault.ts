import { mkdirSync } from 'node:fs'
import { type Backup, BackupError, type KeyProvider, rawKey, recoveryCode } from '@backup/core'
import { textOf } from '../store/check.ts'
import type { LiveStore } from '../store/live-store.ts'
import { refuse } from '../store/refusal.ts'
import type { MachineKey } from './machine-key.ts'
import { type OpenBackup, openBackup } from './open-backup.ts'
import { type RestoreNotes, restoreNotes } from './restore-notes.ts'
import { type Settings, type ShownSettings, settingsFile, shownSettings } from './settings.ts'
import type { Vendors } from './vendors.ts'

/** Everything about backups that a running program needs; settings can be changed while it runs. */
export interface Vault {
  readonly notes: RestoreNotes
  /** Of the dashboard; nothing before somebody has said where backups go. */
  answer(request: Request): Promise<Response> | undefined
  settings(): ShownSettings
  /** @throws `invalid`; `exists` while something is under way */
  change(given: Readonly<Record<string, unknown>>): Promise<ShownSettings>
  /** On a new machine: opens what is there with the recovery code, and brings the newest state back. */
  recover(given: Readonly<Record<string, unknown>>): Promise<{ readonly backups: number; readonly newest: string }>
  /** Before something that may go wrong: takes a backup of kind `emergency`, when there is a place for it. */
  before(what: string): Promise<void>
  close(): Promise<void>
}

export interface VaultOptions {
  readonly folder: string
  readonly live: LiveStore
  readonly key: MachineKey
  readonly vendors: Vendors
  readonly port: number
  /** @default the system's */
  readonly clock?: () => Date
}

export async function openVault({ folder, live, key, vendors, port, clock }: VaultOptions): Promise<Vault> {
  const file = settingsFile(folder, key)
  const notes = await restoreNotes(folder, live)
  const open = async (settings: Settings, recovery?: KeyProvider): Promise<OpenBackup | undefined> => {
    const { backupFolder } = settings
    if (backupFolder === undefined) return undefined
    return openBackup({ folder, live, notes, key, vendors, port, settings: { ...settings, backupFolder }, ...(clock && { clock }), ...(recovery && { recovery }) })
  }
  let current = await open(file.read())
  const mustBeIdle = (): void => {
    if (current?.isBusy()) throw refuse('exists', 'A backup or restore is under way. Change this when it is done.')
  }
  return {
    notes,
    answer: (request) => current?.handler(request),
    settings: () => shownSettings(file.read()),
    async change(given) {
      mustBeIdle()
      const next = file.change(given)
      await current?.close()
      current = await open(next)
      return shownSettings(next)
    },
    async recover(given) {
      mustBeIdle()
      const code = textOf(given['code'], 'code', { required: true })
      const settings = file.change({ backupFolder: given['backupFolder'] })
      await current?.close()
      const withCode = (await open(settings, recoveryCode(code)))!
      try {
        return await bringBack(withCode.backup, key)
      } finally {
        await withCode.close()
        current = await open(settings)
      }
    },
    async before(what) {
      if (current && (await current.backup.setup()).state === 'ready') await current.backup.run({ kind: 'emergency', note: `Before ${what}` })
    },
    async close() {
      await current?.close()
      current = undefined
    },
  }
}

/** The machine gets a key of its own, and its data. */
async function bringBack(backup: Backup, key: MachineKey): Promise<{ readonly backups: number; readonly newest: string }> {
  const snapshots = await backup.snapshots()
  const newest = snapshots.findLast(({ suspect }) => suspect === undefined)
  if (!newest) throw new BackupError('not-found', 'There is no backup in this folder.', { hint: 'Choose the folder in which the backups are.' })
  await backup.keys.add(rawKey(key.repository))
  await backup.restore(newest.id, { overwrite: true, actor: 'recovery code', reason: 'Set up on a new machine' })
  // Of this machine there is none yet.
  await backup.run({ note: 'After it came back on a new machine' })
  return { backups: snapshots.length, newest: newest.time.toISOString() }
}

/** Where data lies, for this user alone. */
export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}
