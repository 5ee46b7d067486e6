import { BackupError } from '@backup/core'
import type { Request } from './connection.ts'
import { isSame } from './copies.ts'
import { removeById } from './files.ts'
import { findCopies, type Place } from './place.ts'
import { cancelSession } from './session.ts'

/**
 * Removes every file of an object, from wherever two processes have put it. When they are not all the same
 * bytes, nothing is removed: nobody but a person can tell what the other one is.
 *
 * @throws `corrupt` then
 */
export async function removeObject(
  place: Place,
  key: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const request: Request = { doing: `delete ${key}`, key, signal }
  const note = await place.notes.find(key)
  if (note?.url !== undefined) await cancelSession(place.connection, note.url, key)
  const copies = await findCopies(place, key, request, { fresh: true })
  const [first] = copies
  if (first && !copies.every((copy) => copy.id === first.id || isSame(copy, first)))
    throw ambiguous(key, copies.length)
  for (const { id } of copies) {
    await removeById(place.connection, id, request)
    place.known.lost(key, id)
  }
  if (note) await place.notes.remove(key)
}

function ambiguous(key: string, count: number): BackupError {
  const message = `${key} is there as ${count} files that differ, and was not removed.`
  return new BackupError('corrupt', message, {
    plugin: 'gdrive',
    key,
    hint: 'Look at the files of this name in Google Drive, and remove the wrong ones by hand.',
  })
}
