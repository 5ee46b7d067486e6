import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Backup, SnapshotInfo } from '@backup/core'
import { readInvariant, startWriter } from '@backup-internal/store'
import { numberText } from '@backup/cli/terminal'
import { examine, rowsText } from './examine.ts'
import { sha256Of, sqliteCounters } from './file-hash.ts'
import { prove } from './ledger.ts'
import { listSnapshots, verifyAll } from './look-around.ts'
import { makeMistake, makeStore, settle } from './make-store.ts'
import { openRepository } from './open-repository.ts'
import { restore, restoreStandalone } from './restore.ts'
import type { Stage } from './stage.ts'
import { takeSnapshot } from './take-snapshot.ts'

/** The whole way on a database made for the occasion: it is changed, spoilt and brought back. */
export async function storeStory(stage: Stage, bytes: number): Promise<void> {
  const { screen, folder } = stage
  const database = join(folder, 'store.db')
  makeStore(stage, database, bytes)

  const backup = stage.open(database)
  try {
    await openRepository(stage, backup)
    screen.step('First backup')
    const first = await takeSnapshot(stage, backup, 'First backup')
    const firstHash = await sha256Of(database)
    screen.step('Backup again, nothing changed')
    const { freshBytes } = await takeSnapshot(stage, backup, 'Unchanged')
    prove(stage, 'What is unchanged is not stored again.', freshBytes === 0)
    const live = await backUpUnderWriter(stage, backup, database)
    screen.step('Backup after the writer has stopped')
    settle(database)
    await takeSnapshot(stage, backup, 'Writer stopped')
    const lastHash = await sha256Of(database)

    await listSnapshots(stage, backup)
    await verifyAll(stage, backup)
    await restoreBeside(stage, backup, { first, firstHash, lastHash, live })
    await restoreOver(stage, backup, database)
    screen.step('Restore with the standalone program')
    const standalone = join(folder, 'standalone.db')
    await restoreStandalone(stage, 'Standalone', standalone)
    const same = (await sha256Of(standalone)) === lastHash
    prove(stage, 'Without any package: byte for byte the same database.', same)
  } finally {
    await backup.close()
  }
}

/** A snapshot that was taken while another process wrote. */
interface LiveSnapshot {
  readonly snapshot: SnapshotInfo
  /** Payments in the store before and after: the snapshot must have a number between them. */
  readonly payments: readonly [before: number, after: number]
}

async function backUpUnderWriter(stage: Stage, backup: Backup, database: string): Promise<LiveSnapshot> {
  const { screen, signal } = stage
  screen.step('Backup while another process writes')
  const writer = await startWriter(database, { transactionsPerSecond })
  try {
    screen.progress({ label: 'writing' })
    await pause(leadMs, undefined, { signal })
    const before = readInvariant(database).payments
    const snapshot = await takeSnapshot(stage, backup, 'While writing')
    const after = readInvariant(database).payments
    const { transactions, ranMs, slowestMs } = await writer.stop()
    const pace = Math.round(transactions / (ranMs / 1000))
    const made = `${numberText(transactions)} transactions, ${pace} a second`
    screen.detail(`The writer made ${made}; the slowest took ${Math.ceil(slowestMs)} ms.`)
    return { snapshot, payments: [before, after] }
  } catch (error) {
    await writer.kill()
    throw error
  }
}

interface Expected {
  readonly first: SnapshotInfo
  readonly firstHash: string
  readonly lastHash: string
  readonly live: LiveSnapshot
}

async function restoreBeside(stage: Stage, backup: Backup, expected: Expected): Promise<void> {
  const { screen, folder } = stage
  const { first, firstHash, lastHash, live } = expected
  screen.step('Restore next to the original')
  const newest = join(folder, 'restored.db')
  await restore(stage, backup, 'latest', 'Restore, newest', { to: newest })
  const same = (await sha256Of(newest)) === lastHash
  prove(stage, 'Byte for byte the database that was backed up (SHA-256).', same)
  const checked = await examine(stage, newest)
  prove(stage, `SQLite finds nothing wrong in ${rowsText(checked)}.`, checked.ok)

  const oldest = join(folder, 'restored-first.db')
  await restore(stage, backup, first.id, 'Restore, first', { to: oldest })
  prove(stage, 'The first snapshot is still what it was (SHA-256).', (await sha256Of(oldest)) === firstHash)

  const torn = join(folder, 'restored-while-writing.db')
  await restore(stage, backup, live.snapshot.id, 'Restore, live one', { to: torn })
  const { holds, payments } = readInvariant(torn)
  const [before, after] = live.payments
  const within = before <= payments && payments <= after
  const sound = (await examine(stage, torn)).ok
  prove(
    stage,
    `Taken amid writing, yet one moment: ${numberText(payments)} payments, and every cent adds up.`,
    sound && holds && within,
  )
}

async function restoreOver(stage: Stage, backup: Backup, database: string): Promise<void> {
  const { screen, folder } = stage
  screen.step('Restore over the live database')
  makeMistake(database)
  const spoilt = !readInvariant(database).holds
  screen.say('UPDATE customers SET balance_cents = 0: somebody forgot the WHERE.')
  const report = await restore(stage, backup, 'latest', 'Restore, over it', { overwrite: true })
  settle(database)
  const { holds } = readInvariant(database)
  prove(stage, 'The mistake is undone: every cent adds up again.', spoilt && holds)
  const wanted = await sha256Of(join(folder, 'restored.db'), sqliteCounters)
  const same = (await sha256Of(database, sqliteCounters)) === wanted
  prove(stage, "Same content as the snapshot (SHA-256, without SQLite's own counters).", same)
  const checked = await examine(stage, database)
  prove(stage, `SQLite finds nothing wrong in ${rowsText(checked)}.`, checked.ok)
  if (report.safetyCopy !== undefined) screen.detail(`What was there is kept: ${basename(report.safetyCopy)}`)
  screen.detail(report.requiresRestart ? 'The application has to reopen it.' : 'Open connections just go on.')
}

const transactionsPerSecond = 200
/** How long the writer is at work before the backup begins. */
const leadMs = 2_000
