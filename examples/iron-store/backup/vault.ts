import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import type { Backup, KeyProvider } from '@backup/core'
import type { LiveStore } from '../store/live-store.ts'
import { refuse } from '../store/refusal.ts'
import { inTurn } from './in-turn.ts'
import type { MachineKey } from './machine-key.ts'
import { type OpenBackup, openBackup } from './open-backup.ts'
import { type RestoreNotes, restoreNotes } from './restore-notes.ts'
import { type Settings, type ShownSettings, settingsFile, shownSettings } from './settings.ts'
import type { Vendors } from './vendors.ts'
import { type Recovered, addKey, bringBack, codeIn, inWordsOfCode } from './with-code.ts'

/** Everything about backups that a running program needs; settings can be changed while it runs. */
export interface Vault {
  readonly notes: RestoreNotes
  /** Of the dashboard; nothing before somebody has said where backups go. */
  answer(request: Request): Promise<Response> | undefined
  settings(): Promise<ShownSettings>
  /**
   * What is saved is what is open: settings with which nothing opens are not kept.
   *
   * @throws `invalid`; `exists` while something is under way; what keeps it from being opened
   */
  change(given: Readonly<Record<string, unknown>>): Promise<ShownSettings>
  /**
   * On a new machine: opens what is there with the recovery code, and brings the newest state back. Without a folder, from the places
   * that are set.
   *
   * @throws `exists` when there is something in the store already: that is never replaced without a plan and a safety backup
   */
  recover(given: Readonly<Record<string, unknown>>): Promise<Recovered>
  /** On a machine that has lost its key: opens what is there with the recovery code, and gives it a new key. @throws `exists` when it opens already */
  unlock(given: Readonly<Record<string, unknown>>): Promise<null>
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
    if (!hasPlace(settings)) return undefined
    return openBackup({ folder, live, notes, key, vendors, port, settings, ...(clock && { clock }), ...(recovery && { recovery }) })
  }
  let current = await open(file.read())
  const turn = inTurn()
  const mustBeIdle = (): void => {
    if (current?.isBusy()) throw refuse('exists', 'A backup or restore is under way. Change this when it is done.')
  }
  const shown = async (): Promise<ShownSettings> => shownSettings(file.read(), await live.read((store) => store.isEmpty()))
  /** Puts what is saved in the place of what is open. */
  const reopen = async (): Promise<void> => {
    await current?.close()
    current = await open(file.read())
  }
  /** Opens it with the recovery code for as long as the work takes, and then with what is saved. */
  const withCode = async <Result>(settings: Settings, code: KeyProvider, work: (backup: Backup) => Promise<Result>): Promise<Result> => {
    if (!hasPlace(settings)) throw refuse('invalid', 'Say first where the backups are.', 'backupFolder')
    await current?.close()
    try {
      const opened = (await open(settings, code))!
      return await work(opened.backup).finally(() => opened.close())
    } catch (error) {
      throw inWordsOfCode(error)
    } finally {
      await reopen()
    }
  }
  return {
    notes,
    answer: (request) => current?.handler(request),
    settings: shown,
    change: (given) =>
      turn(async () => {
        mustBeIdle()
        const next = file.next(given)
        try {
          await current?.close()
          current = await open(next)
          file.save(next)
        } catch (error) {
          await reopen()
          throw error
        }
        return shown()
      }),
    recover: (given) =>
      turn(async () => {
        mustBeIdle()
        const code = codeIn(given)
        const { backupFolder } = given
        const settings = file.next({ ...(backupFolder !== undefined && { backupFolder }) })
        // From the look at the store to the end of the restore: nothing is entered in between.
        const release = live.holdWrites()
        try {
          if (!(await live.read((store) => store.isEmpty()))) throw notEmpty()
          return await withCode(settings, code, async (backup) => {
            const found = await bringBack(backup, key, userInfo().username)
            file.save(settings)
            // Of this machine there is none yet. What keeps it from being taken is said by health.
            await backup.run({ note: 'After it came back on a new machine' }).catch(() => {})
            return found
          })
        } finally {
          release()
        }
      }),
    unlock: (given) =>
      turn(async () => {
        mustBeIdle()
        const code = codeIn(given)
        if ((await current?.backup.setup())?.state === 'ready') throw refuse('exists', 'This machine has a key to these backups already.')
        await withCode(file.read(), code, (backup) => addKey(backup, key, userInfo().username))
        return null
      }),
    before: (what) =>
      turn(async () => {
        if (current && (await current.backup.setup()).state === 'ready') await current.backup.run({ kind: 'emergency', note: `Before ${what}` })
      }),
    close: () =>
      turn(async () => {
        await current?.close()
        current = undefined
      }),
  }
}

function hasPlace({ backupFolder, google, microsoft }: Settings): boolean {
  return backupFolder !== undefined || google !== undefined || microsoft !== undefined
}

function notEmpty(): Error {
  return refuse(
    'exists',
    'There is data on this machine already, and nothing of it was replaced. Look around first, name the place of the backups under Settings → Where backups go, ' +
      'and restore under Settings → Backups: there you see a plan before anything is done, and what is here now is backed up first.',
  )
}

/** Where data lies, for this user alone. */
export function makeDataFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}
