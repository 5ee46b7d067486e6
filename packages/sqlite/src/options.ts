import { resolve } from 'node:path'
import { BackupError } from '@backup/core'

export interface SqliteOptions {
  /**
   * Which SQLite does the work: the one inside Node (`'node'`, from Node 22.16 on), or that of the package
   * `better-sqlite3`, version 13 or later, which has to be installed. Default `'node'`.
   */
  readonly driver?: 'node' | 'better-sqlite3'
  /**
   * - `'direct'`: pages are read straight from the database and its write-ahead log, under a read transaction
   *   that lasts as long as the reading (about 0.2 s for 500 MB). Default on Linux.
   * - `'copy'`: SQLite's own backup interface first makes a copy in the scratch folder, which takes about
   *   five times as long and as much space as the database has. Default elsewhere, and where pages cannot be
   *   read directly.
   */
  readonly mode?: 'direct' | 'copy'
  /**
   * How long to wait for a lock that another program holds, in milliseconds, 0 to 3,600,000. Default 10,000.
   */
  readonly busyTimeoutMs?: number
  /**
   * How a restored database is examined before it takes its place: not at all, `PRAGMA quick_check`, or
   * `PRAGMA integrity_check`. Every byte was verified before in any case. Default `'quick'` over a live
   * database, `'none'` for a file of its own.
   */
  readonly check?: 'none' | 'quick' | 'full'
  /**
   * How long a backup may have SQLite look for damage in the database, once in 24 hours, in milliseconds, 0 to
   * 3,600,000; 0 never does. What there is no time for has its turn another day. Only in WAL mode, where
   * nobody has to wait for it. Default 1,000.
   */
  readonly quickCheckBudgetMs?: number
}

/** Options that were looked at, with their defaults. */
export interface Settings {
  /** Absolute. */
  readonly path: string
  readonly driver: NonNullable<SqliteOptions['driver']>
  readonly mode: SqliteOptions['mode']
  readonly busyTimeoutMs: number
  readonly check: SqliteOptions['check']
  readonly quickCheckBudgetMs: number
}

const choices = {
  driver: ['node', 'better-sqlite3'],
  mode: ['direct', 'copy'],
  check: ['none', 'quick', 'full'],
} as const

/** @throws `config` */
export function settingsOf(path: string, options: SqliteOptions): Settings {
  for (const [option, allowed] of Object.entries(choices)) {
    const value = options[option as keyof typeof choices]
    if (value === undefined || (allowed as readonly string[]).includes(value)) continue
    throw wrong(
      option,
      `must be one of ${allowed.map((word) => `'${word}'`).join(', ')}, not ${JSON.stringify(value)}`,
    )
  }
  const { driver = 'node', mode, check, busyTimeoutMs = 10_000, quickCheckBudgetMs = 1_000 } = options
  for (const [option, value] of Object.entries({ busyTimeoutMs, quickCheckBudgetMs })) {
    if (Number.isInteger(value) && value >= 0 && value <= 3_600_000) continue
    throw wrong(option, `must be a whole number from 0 to 3,600,000, not ${String(value)}`)
  }
  return { path: absolute('path', path), driver, mode, busyTimeoutMs, check, quickCheckBudgetMs }
}

/** @throws `config` when it cannot be the path of a file. */
export function absolute(option: string, path: string): string {
  if (typeof path !== 'string' || path === '') throw wrong(option, 'must be the path of a database file')
  if (path.includes('\0')) throw wrong(option, 'must not contain a NUL character')
  if (path === ':memory:' || path.startsWith('file:')) {
    throw wrong(
      option,
      `must be a plain path, not ${JSON.stringify(path)}: other programs cannot reach such a database`,
    )
  }
  return resolve(path)
}

function wrong(option: string, what: string): BackupError {
  return new BackupError('config', `sqlite(): "${option}" ${what}.`, { plugin: 'sqlite', key: option })
}
