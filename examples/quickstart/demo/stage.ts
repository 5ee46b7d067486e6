import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backup, BackupError, createBackup, fifteenYears, passphrase } from '@backup/core'
import { local } from '@backup/local'
import { sqlite } from '@backup/sqlite'
import { bytesText } from '@backup/cli/terminal'
import type { Screen } from '../render/screen.ts'
import type { Cost, Proof } from './ledger.ts'

/** What the steps of the demo share. */
export interface Stage {
  readonly screen: Screen
  readonly signal: AbortSignal
  /** Temporary: everything that the demo writes is in here. */
  readonly folder: string
  readonly repository: string
  /** Random; it opens nothing but the repository of this demo. */
  readonly secret: string
  readonly costs: Cost[]
  readonly proofs: Proof[]
  /** Puts the packages together for a database, as an application would. */
  open(database: string): Backup
  /** Removes the folder. */
  clear(): void
}

/** @throws `quota` when there is too little room for a database of that size and all that is made of it. */
export function setStage(screen: Screen, signal: AbortSignal, databaseBytes: number, deltas: boolean): Stage {
  assertRoom(databaseBytes)
  const folder = mkdtempSync(join(tmpdir(), 'backup-demo-'))
  const repository = join(folder, 'repository')
  const secret = randomBytes(18).toString('base64url')
  return {
    screen,
    signal,
    folder,
    repository,
    secret,
    costs: [],
    proofs: [],
    open: (database) =>
      createBackup({
        source: sqlite(database),
        providers: [local(repository)],
        keys: passphrase(secret),
        retention: fifteenYears(),
        state: join(folder, 'state'),
        deltas,
      }),
    clear: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** For whoever wants to go on with what the demo leaves behind. */
export function leaveSecret({ folder, secret }: Stage): string {
  const file = join(folder, 'passphrase.txt')
  writeFileSync(file, `${secret}\n`, { mode: 0o600 })
  return file
}

function assertRoom(databaseBytes: number): void {
  const { bavail, bsize } = statfsSync(tmpdir())
  const free = bavail * bsize
  const needed = databaseBytes * copies
  if (free >= needed) return
  const message = `The demo needs ${bytesText(needed)} in ${tmpdir()}, and ${bytesText(free)} are free.`
  throw new BackupError('quota', message, { hint: 'Free some space, or name another folder in TMPDIR.' })
}

/**
 * At most: the database, a repository, one restored, and over it another with a safety copy and SQLite's log.
 */
const copies = 6
