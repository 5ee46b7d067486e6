import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Backup } from '@backup/core'
import { bytesText, shortPath } from '@backup/cli/terminal'
import { examine, rowsText } from './examine.ts'
import { sha256Of } from './file-hash.ts'
import { prove } from './ledger.ts'
import { listSnapshots, verifyAll } from './look-around.ts'
import { openRepository } from './open-repository.ts'
import { type OwnDatabase, openOwn } from './own-database.ts'
import { restore, restoreStandalone } from './restore.ts'
import type { Stage } from './stage.ts'
import { takeSnapshot } from './take-snapshot.ts'
import { type Look, changedBetween, lookAt } from './untouched.ts'

/**
 * The same way for a database of the user's own, which is only read: it is not changed and not restored over.
 */
export async function ownStory(stage: Stage, database: string): Promise<void> {
  const { screen } = stage
  screen.step('Your database')
  screen.say(shortPath(database, screen.width - 3))
  const own = await openOwn(stage, database)
  screen.detail('It is only read: nothing is changed before the second backup, and restores go elsewhere.')

  const backup = stage.open(own.path)
  try {
    await openRepository(stage, backup)
    screen.step('First backup')
    await takeSnapshot(stage, backup, 'First backup')
    screen.step('Backup again')
    const { freshBytes } = await takeSnapshot(stage, backup, 'Second backup')
    if (own.look) prove(stage, 'What is unchanged is not stored again.', freshBytes === 0)

    await listSnapshots(stage, backup)
    await verifyAll(stage, backup)
    await restoreElsewhere(stage, backup, own)
  } finally {
    await backup.close()
  }
  if (own.look) await proveUntouched(stage, database, own.look)
}

async function restoreElsewhere(stage: Stage, backup: Backup, own: OwnDatabase): Promise<void> {
  const { screen, folder } = stage
  const restored = join(folder, 'restored.db')
  screen.step('Restore')
  await restore(stage, backup, 'latest', 'Restore', { to: restored })
  const hash = await sha256Of(restored)
  if (own.look) {
    const same = hash === (await sha256Of(own.path))
    prove(stage, 'Byte for byte the database that was backed up (SHA-256).', same)
  }
  await tellCondition(stage, restored)

  screen.step('Restore over a database')
  screen.say(`A stand-in, whose first ${bytesText(spoiltBytes)} are overwritten with zeros.`)
  spoil(restored)
  const standIn = stage.open(restored)
  await restore(stage, standIn, 'latest', 'Restore, over it', { overwrite: true })
  await standIn.close()
  prove(stage, 'Byte for byte what it was before (SHA-256).', (await sha256Of(restored)) === hash)

  screen.step('Restore with the standalone program')
  const standalone = join(folder, 'standalone.db')
  await restoreStandalone(stage, 'Standalone', standalone)
  prove(stage, 'Without any package: byte for byte the same database.', (await sha256Of(standalone)) === hash)
}

/** A backup is as good as its original; what SQLite finds wrong in there is no fault of the backup. */
async function tellCondition(stage: Stage, restored: string): Promise<void> {
  const { screen } = stage
  const checked = await examine(stage, restored)
  if (checked.ok) return screen.good(`SQLite finds nothing wrong in ${rowsText(checked)}.`)
  for (const finding of checked.findings) screen.warn(`SQLite finds in your database: ${finding}`)
}

async function proveUntouched(stage: Stage, database: string, before: Look): Promise<void> {
  const { screen } = stage
  screen.step('Your database, afterwards')
  const changed = changedBetween(before, await lookAt(database))
  prove(stage, 'Untouched: same files, same times, same SHA-256 as before.', changed.length === 0)
  if (changed.length === 0) return
  screen.say(`Changed: ${changed.join(', ')}.`)
  screen.say('The demo never writes there: another program did. Close it and run again.')
}

function spoil(path: string): void {
  const file = openSync(path, 'r+')
  writeSync(file, new Uint8Array(spoiltBytes), 0, spoiltBytes, 0)
  closeSync(file)
}

const spoiltBytes = 512
