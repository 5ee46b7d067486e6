import { BackupError } from '@backup/core'
import type { TokenSource } from '@backup/oauth'

export interface GdriveOptions {
  /** Where access tokens come from: `tokenSource()` of `@backup/oauth`, or `serviceAccount()`. */
  readonly auth: TokenSource
  /** The folder that holds the objects, as a path from the top of the drive: `'Backups/iron-store'`. */
  readonly folder: string
  /**
   * Whose My Drive it is, such as the address: two accounts may have folders of the same name, and are two
   * places. Required without `sharedDrive`. It is only a name, and shows in messages.
   */
  readonly account?: string
  /** The id of a shared drive, the last part of its address in a browser. [My Drive of the account] */
  readonly sharedDrive?: string
  /** A connection on which nothing moves for so many milliseconds is given up. [60,000] */
  readonly idleMs?: number
  /** The server, for tests. ['https://www.googleapis.com/'] */
  readonly rootUrl?: string
  /** The time of day, for tests. [the system's] */
  readonly clock?: () => Date
}

/** Options that were checked, with their defaults. */
export interface Settings {
  readonly auth: TokenSource
  /** The names of the folders from the top of the drive down. */
  readonly path: readonly string[]
  readonly sharedDrive: string | undefined
  readonly idleMs: number
  /** With a slash at its end. */
  readonly rootUrl: string
  readonly now: () => number
  readonly location: string
}

const longestTimerMs = 2 ** 31 - 1
const longestFolder = 500

type Check = readonly [isRight: (value: unknown) => boolean, wanted: string]

const checks: { readonly [option in keyof GdriveOptions]-?: Check } = {
  auth: [isTokenSource, 'a token source: tokenSource() of @backup/oauth, or serviceAccount()'],
  folder: [isFolder, "the path of a folder, such as 'Backups/iron-store'"],
  account: [isLine, 'a name for the account, such as its address'],
  sharedDrive: [(id) => typeof id === 'string' && /^[\w-]{5,100}$/.test(id), 'the id of a shared drive'],
  idleMs: [
    (ms) => Number.isSafeInteger(ms) && (ms as number) > 0 && (ms as number) <= longestTimerMs,
    'a whole number of milliseconds above 0',
  ],
  rootUrl: [isRootUrl, "an address such as 'http://127.0.0.1:8080/'"],
  clock: [(clock) => typeof clock === 'function', 'a function that returns a Date'],
}
const required = new Set(['auth', 'folder'])

/** @throws `config` naming the option, never its value: it may be a secret in the wrong place. */
export function checkOptions(options: GdriveOptions): Settings {
  if (typeof options !== 'object' || options === null) throw refused('auth', checks.auth[1])
  for (const [option, [isRight, wanted]] of Object.entries(checks)) {
    const value = options[option as keyof GdriveOptions]
    if (value === undefined && !required.has(option)) continue
    if (!isRight(value)) throw refused(option, wanted)
  }
  const { auth, folder, account, sharedDrive, idleMs = 60_000, clock } = options
  if (account === undefined && sharedDrive === undefined) throw refused('account', checks.account[1])
  const { href } = new URL(options.rootUrl ?? 'https://www.googleapis.com/')
  return {
    auth,
    path: folder.split('/'),
    sharedDrive,
    idleMs,
    rootUrl: href,
    now: clock ? () => clock().getTime() : () => Date.now(),
    // A shared drive is the same place for everybody who may use it.
    location: `gdrive:${sharedDrive === undefined ? account : `shared/${sharedDrive}`}/${folder}`,
  }
}

function refused(option: string, wanted: string): BackupError {
  return new BackupError('config', `Option "${option}" of gdrive() must be ${wanted}.`, {
    plugin: 'gdrive',
    key: option,
  })
}

function isTokenSource(value: unknown): boolean {
  return typeof (value as Partial<TokenSource> | null | undefined)?.accessToken === 'function'
}

function isFolder(value: unknown): boolean {
  if (!isLine(value) || (value as string).length > longestFolder) return false
  return (value as string).split('/').every((name) => name.trim() !== '' && name !== '.' && name !== '..')
}

function isLine(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && !/[\p{Cc}\p{Cf}]/u.test(value)
}

function isRootUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false
  const { protocol, username, password, pathname, search, hash } = new URL(value)
  return /^https?:$/.test(protocol) && pathname === '/' && `${username}${password}${search}${hash}` === ''
}
