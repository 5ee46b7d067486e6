import { BackupError, type Timers } from '@backup/core'
import type { TokenSource } from '@backup/oauth'
import { unitBytes } from './fragment-size.ts'
import { version } from './software.ts'

export interface OneDriveOptions {
  /**
   * Brings access tokens: a `tokenSource` of `@backup/oauth`, or an object of your own with `accessToken`.
   */
  readonly auth: TokenSource
  /**
   * Where the backups lie: `'shop/berlin'`, below what `drive` says. [`'backup'`; required with `drive:
   * 'whole'`]
   */
  readonly folder?: string
  /**
   * `'app'`: in the folder that OneDrive keeps for this application, which needs the scope
   * `Files.ReadWrite.AppFolder` and cannot touch anything else. `'whole'`: anywhere in the drive, which needs
   * `Files.ReadWrite` or, for drives of others and of SharePoint, `Files.ReadWrite.All`. ['app']
   */
  readonly drive?: 'app' | 'whole'
  /** Another drive than that of who signed in: a library of SharePoint, a drive of somebody else. [own] */
  readonly driveId?: string
  /** Names the account in `location`; needed where one program stores in several. [none] */
  readonly account?: string
  /**
   * The address of Graph, for national clouds: `'https://graph.microsoft.us'`.
   * ['https://graph.microsoft.com']
   */
  readonly graphUrl?: string
  /**
   * How this program names itself to Microsoft, in the form that throttles least.
   * ['ISV|backup|onedrive/VERSION']
   */
  readonly userAgent?: string
  /** A connection on which nothing moves for so many milliseconds is given up. [60,000] */
  readonly idleMs?: number
  /** For tests: time. */
  readonly timers?: Timers
}

/** Options that were checked, with their defaults. */
export interface Settings {
  readonly auth: TokenSource
  /** The names from the start of the drive (or application folder) down to the place. */
  readonly folder: readonly string[]
  /** Start of every address of the drive: `/me/drive`. */
  readonly drivePath: string
  /** Where `folder` begins: `/me/drive/special/approot`. */
  readonly startPath: string
  readonly isAppFolder: boolean
  readonly graphUrl: string
  readonly userAgent: string
  readonly idleMs: number
  readonly timers: Timers
  /** Objects up to here go in one request. */
  readonly singleBytes: number
  /** Parts of larger ones. */
  readonly largestFragment: number
  readonly location: string
}

/** OneDrive has always taken files up to 4 MB in one request. */
const singleBytes = 4_000_000
/** Under the 60 MiB that a request may have, and worth its overhead; little is lost when one breaks. */
const largestFragment = 32 * unitBytes
const longestFolder = 250
const longestTimerMs = 2 ** 31 - 1
const legalName = /^(?![ ~])[^\p{Cc}"*:<>?/\\|]+(?<![ .])$/u

type Check = readonly [isRight: (value: unknown) => boolean, wanted: string]

const checks: { readonly [option in keyof OneDriveOptions]-?: Check } = {
  auth: [isTokenSource, 'a token source, such as tokenSource() of @backup/oauth returns'],
  folder: [isFolder, "a path of names that OneDrive takes, such as 'shop/berlin'"],
  drive: [(drive) => drive === 'app' || drive === 'whole', "'app' or 'whole'"],
  driveId: [(id) => isText(id, /^[\w!.-]+$/), "the id of a drive, such as 'b!t18F8ybsHUq1…'"],
  account: [(account) => isText(account, /^[^\s/]+$/), "a name without blanks, such as 'owner@example.com'"],
  graphUrl: [isAddress, "an https address without user and path, such as 'https://graph.microsoft.us'"],
  userAgent: [(text) => isText(text, /^[\x20-\x7e]+$/), 'text that fits into a header'],
  idleMs: [
    (ms) => Number.isSafeInteger(ms) && (ms as number) > 0 && (ms as number) <= longestTimerMs,
    'a whole number of milliseconds above 0',
  ],
  timers: [(timers) => typeof (timers as Partial<Timers> | null)?.now === 'function', 'timers'],
}

const systemTimers: Timers = {
  now: () => performance.now(),
  setTimeout: (callback, ms) => setTimeout(callback, Math.min(ms, longestTimerMs)),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
}

/** @throws `config` naming the option, never its value: it may be a secret in the wrong place. */
export function checkOptions(options: OneDriveOptions): Settings {
  if (typeof options !== 'object' || options === null) throw refused('auth', checks.auth[1])
  for (const [option, [isRight, wanted]] of Object.entries(checks)) {
    const value = options[option as keyof OneDriveOptions]
    if (value === undefined && option !== 'auth') continue
    if (!isRight(value)) throw refused(option, wanted)
  }
  const { auth, drive = 'app', driveId, account, idleMs = 60_000, timers = systemTimers } = options
  if (drive === 'whole' && options.folder === undefined)
    throw refused('folder', "given with drive: 'whole', so that nothing lies among the files of the user")
  const { folder = 'backup', graphUrl = 'https://graph.microsoft.com' } = options
  const { host, origin } = new URL(graphUrl)
  const drivePath = driveId === undefined ? '/me/drive' : `/drives/${encodeURIComponent(driveId)}`
  const start = drive === 'app' ? 'special/approot' : 'root'
  const library = driveId === undefined ? [] : [driveId]
  const cloud = host === 'graph.microsoft.com' ? [] : [host]
  return {
    auth,
    folder: folder.split('/'),
    drivePath,
    startPath: `${drivePath}/${start}`,
    isAppFolder: drive === 'app',
    graphUrl: origin,
    userAgent: options.userAgent ?? `ISV|backup|onedrive/${version}`,
    idleMs,
    timers,
    singleBytes,
    largestFragment,
    location: `onedrive:${[...cloud, account ?? 'me', ...library, drive, folder].join('/')}`,
  }
}

function refused(option: string, wanted: string): BackupError {
  return new BackupError('config', `Option "${option}" of onedrive() must be ${wanted}.`, {
    plugin: 'onedrive',
    key: option,
  })
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value)
}

function isTokenSource(value: unknown): boolean {
  return typeof (value as Partial<TokenSource> | null)?.accessToken === 'function'
}

function isFolder(value: unknown): boolean {
  if (typeof value !== 'string' || value.length > longestFolder) return false
  return value.split('/').every((name) => legalName.test(name))
}

function isAddress(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(value)
  return protocol === 'https:' && pathname === '/' && `${username}${password}${search}${hash}` === ''
}
