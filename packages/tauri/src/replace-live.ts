import { BackupError, type RestoredPlace } from '@backup/core'
import { copyFile, rename } from '@tauri-apps/plugin-fs'
import Database from '@tauri-apps/plugin-sql'
import { openDatabase } from './database.ts'
import { type Files, filesOf } from './files.ts'
import { rustError } from './rust-error.ts'

/**
 * Puts a file in the place of the live database, which is copied first, when nobody can write to it any more: all that was ever written is in
 * the copy. At every moment one of the two is whole and has the name, so it does not matter where the application ends in between.
 */
export async function replaceLive(address: string, path: string, unfinished: string): Promise<RestoredPlace> {
  const files = filesOf()
  const safetyCopy = `${path}.before-restore-${new Date().toISOString().replaceAll(':', '-')}`
  await letGo(address)
  try {
    await refuseIfHeld(files, path)
    const before = await files.look(path)
    // Under another name as long as it is not whole.
    await copyFile(path, copyOf(unfinished))
    await refuseIfHeld(files, path)
    const after = await files.look(path)
    if (before?.size !== after?.size || before?.modifiedAt?.getTime() !== after?.modifiedAt?.getTime()) throw held(path)
    await rename(copyOf(unfinished), safetyCopy)
    await giveName(files, unfinished, path)
  } catch (error) {
    // The old one is where it was: its copy is not needed.
    if (await files.isThere(unfinished)) await files.remove(safetyCopy)
    // What went wrong first is told.
    await Database.load(address).catch(() => {})
    throw error
  }
  const isOpen = await Database.load(address).then(() => true, () => false)
  return { place: path, requiresRestart: !isOpen, safetyCopy }
}

/** The safety copy, until it is whole. */
export function copyOf(unfinished: string): string {
  return `${unfinished}.before`
}

/** A file takes a place: at once, and with nothing beside it that belongs to what was there. */
export async function giveName(files: Files, unfinished: string, path: string): Promise<void> {
  await refuseIfHeld(files, path)
  // Of another database, these would be taken for parts of the new one.
  for (const suffix of ['-wal', '-shm', '-journal']) await files.remove(path + suffix)
  await rename(unfinished, path)
}

/** Every statement fails from here on. What a crash had left open is finished by SQLite as soon as somebody reads. */
async function letGo(address: string): Promise<void> {
  try {
    await (await openDatabase(address)).select('SELECT count(*) FROM sqlite_schema')
  } catch (error) {
    // That it is damaged is why it is replaced.
    if (rustError(error, 'read', address).kind !== 'source') throw error
  }
  await Database.get(address).close(address)
}

async function refuseIfHeld(files: Files, path: string): Promise<void> {
  const log = await files.look(`${path}-wal`)
  if (log && log.size > 0) throw held(path)
  const journal = await files.look(`${path}-journal`)
  // One that is done with begins with zeros: https://www.sqlite.org/fileformat2.html#the_rollback_journal
  if (journal && journal.size > 0 && (await files.read(`${path}-journal`, 0, 1))[0] !== 0) throw held(path)
}

function held(path: string): BackupError {
  return new BackupError('busy', `Another program has ${path} open, or has ended in the middle of its work.`, {
    plugin: 'tauri',
    key: path,
    hint: 'End it, open the database once and close it, and restore again.',
  })
}
