import type { Backup, Scheduler } from '@backup/core'
import { BackupError } from '@backup/core'
import type { Authorize } from './access/authorize.ts'
import { flawOf } from './access/origin.ts'
import type { AccountOption } from './sign-in/account.ts'
import type { TimeTravel } from './travel/time-travel.ts'

export interface BackupHandlerOptions {
  /** Says who asks, and what this one may do. */
  readonly authorize: Authorize
  /** Path below which the routes lie. @default '/api/backup' */
  readonly basePath?: string
  /** Runs what is due in this program: its state is shown, and it can be paused. @default none: when the schedule comes round is shown */
  readonly scheduler?: Scheduler
  /** Accounts that can be connected and disconnected, by an id of letters, digits and hyphens. @default none */
  readonly accounts?: Readonly<Record<string, AccountOption>>
  /**
   * Whether a restore may go to this place. Who may restore there can write there what is in a snapshot. @default never: only over the
   * live data
   */
  readonly allowPlace?: (place: string, request: Request) => boolean | Promise<boolean>
  /** `sqliteTravel()` of `@backup/sqlite-travel`, to look into tables of snapshots and bring single rows back. @default none */
  readonly travel?: TimeTravel
  /** `prometheus()` of `@backup/metrics`, for `GET /metrics`. @default none */
  readonly metrics?: { readonly contentType: string; render(): string }
  /** Other origins whose pages may use this, to the letter: `['https://app.example.com', 'tauri://localhost']`. @default none */
  readonly origins?: readonly string[]
  /** Who may end a sign-in that was begun here: `any` where the browser is not the application, as in a desktop shell. @default 'same' */
  readonly signInBrowser?: 'same' | 'any'
  /** How long a plan can be confirmed, in milliseconds, up to a day. @default 600,000 */
  readonly confirmMs?: number
  /** Largest body, in bytes. @default 65,536 */
  readonly maxBodyBytes?: number
  /** A comment is sent after so long, in milliseconds, so that nobody takes a quiet stream for a dead one. @default 15,000 */
  readonly pingMs?: number
  /** A stream ends after so long, in milliseconds, and its client comes again: then it is asked again who that is. @default 900,000 */
  readonly streamMs?: number
  /** Is told what failed, with all that clients are not told. @default prints it */
  readonly onError?: (error: unknown, request: Request) => void
  /** @default the system clock */
  readonly clock?: () => Date
}

type Optional = 'scheduler' | 'metrics' | 'travel' | 'allowPlace'

/** Options that were checked, with their defaults. */
export type Settings = Required<Omit<BackupHandlerOptions, Optional>> & Pick<BackupHandlerOptions, Optional>

const longestMs = 86_400_000

/** @throws `config` naming the option */
export function checkOptions(backup: Backup, options: BackupHandlerOptions): Settings {
  if (typeof backup?.subscribe !== 'function') throw wrong('backup', 'what createBackup() returned')
  if (typeof options?.authorize !== 'function') throw wrong('authorize', 'a function: nobody gets at backups whom the application does not know')
  const settings: Settings = {
    accounts: {},
    origins: [],
    signInBrowser: 'same',
    confirmMs: 600_000,
    maxBodyBytes: 65_536,
    pingMs: 15_000,
    streamMs: 900_000,
    // oxlint-disable-next-line no-console -- nobody else would ever learn of it
    onError: (error) => console.error(error),
    clock: () => new Date(),
    ...given(options),
    basePath: tidyPath(options.basePath ?? '/api/backup'),
  }
  checkOrigins(settings.origins)
  if (!['same', 'any'].includes(settings.signInBrowser)) throw wrong('signInBrowser', "'same' or 'any'")
  for (const option of ['allowPlace', 'onError', 'clock'] as const) {
    if (option in settings && typeof settings[option] !== 'function') throw wrong(option, 'a function')
  }
  for (const id of Object.keys(settings.accounts)) {
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,49}$/.test(id)) throw wrong('accounts', `named with letters, digits and hyphens, not ${JSON.stringify(id)}`)
  }
  for (const option of ['confirmMs', 'pingMs', 'streamMs'] as const) {
    const value = settings[option]
    if (!(Number.isFinite(value) && value > 0 && value <= longestMs)) throw wrong(option, `milliseconds, up to ${longestMs}`)
  }
  if (!(Number.isSafeInteger(settings.maxBodyBytes) && settings.maxBodyBytes > 0)) throw wrong('maxBodyBytes', 'a whole number of bytes')
  return settings
}

/** What is `undefined` was not given: an option that comes from the environment must not take the place of a default. */
function given(options: BackupHandlerOptions): BackupHandlerOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as unknown as BackupHandlerOptions
}

/** A string would be searched for what an origin only begins with. */
function checkOrigins(origins: readonly string[]): void {
  if (!Array.isArray(origins)) throw wrong('origins', "a list of origins, such as ['https://app.example.com']")
  for (const origin of origins as readonly unknown[]) {
    const flaw = flawOf(origin)
    if (flaw !== undefined) throw wrong('origins', `a list of origins, such as ['https://app.example.com']: ${JSON.stringify(origin)} ${flaw}`)
  }
}

/** With a slash before it and none behind; the top is empty. */
function tidyPath(path: string): string {
  if (typeof path !== 'string' || /[?#\s]/.test(path)) throw wrong('basePath', "a path, such as '/api/backup'")
  const names = path.split('/').filter((name) => name !== '')
  return names.map((name) => `/${name}`).join('')
}

function wrong(option: string, expected: string): BackupError {
  return new BackupError('config', `Option "${option}" of createBackupHandler() must be ${expected}.`, { key: option })
}
