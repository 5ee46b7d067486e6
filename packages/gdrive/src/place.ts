import { BackupError, type UploadJournal } from '@backup/core'
import { catalog, type Catalog } from './catalog.ts'
import type { Connection, Request } from './connection.ts'
import { bestFirst } from './copies.ts'
import { dailyLimit, type DailyLimit } from './daily-limit.ts'
import { byAge, childrenOf, fileById, type DriveFile } from './files.ts'
import { folders, type Folders } from './folders.ts'
import { freshIds, type Ids } from './ids.ts'
import { uploadNotes, type UploadNotes } from './notes.ts'

/** The place of one provider: its folders, and what is known of what is in them. */
export interface Place {
  readonly connection: Connection
  readonly folders: Folders
  readonly ids: Ids
  readonly known: Catalog
  readonly daily: DailyLimit
  readonly notes: UploadNotes
  useJournal(journal: UploadJournal | undefined, signal: AbortSignal | undefined): Promise<void>
}

export function place(connection: Connection): Place {
  const { now } = connection.settings
  const ids = freshIds(connection)
  const notes = uploadNotes(now)
  return {
    connection,
    ids,
    notes,
    folders: folders(connection, ids),
    known: catalog(now),
    daily: dailyLimit(now),
    useJournal: (journal, signal) => notes.use(journal, signal),
  }
}

/** The path of the folder that holds an object, and the name of its file there. */
export function partsOf(key: string): readonly [path: readonly string[], name: string] {
  const at = key.lastIndexOf('/')
  return [key.slice(0, at).split('/'), key.slice(at + 1)]
}

export interface Looking {
  /** List all folders as they are now, even when a file is known. [false] */
  readonly fresh?: boolean
  /** Look for folders that others may have made, before it is said that there is nothing. [true] */
  readonly thorough?: boolean
}

/**
 * The files of an object as they are now, the best first. Every one of them was asked for by its id, so what
 * a listing did not know yet (that one was removed) is known.
 *
 * @throws `target-missing` when there is nothing because all of the place is gone
 */
export async function findCopies(
  place: Place,
  key: string,
  request: Request,
  { fresh = false, thorough = true }: Looking = {},
): Promise<readonly DriveFile[]> {
  const { known, notes } = place
  const intended = notes.own(key)?.id
  const ids = new Set([
    ...known.copies(key).map(({ id }) => id),
    ...(intended === undefined ? [] : [intended]),
  ])
  const confirmed = fresh ? [] : await confirm(place, key, [...ids], request)
  if (confirmed.length > 0) {
    const arrived = confirmed.find(({ id }) => id === intended)
    if (arrived) {
      // The answer to its upload was lost, and it is here.
      known.wrote(key, arrived)
      await notes.remove(key)
    }
    return bestFirst(key, confirmed)
  }

  const looked = fresh ? [] : await lookInFolders(place, key, request, undefined)
  // Whoever asks what became of an upload of his own need not look for folders of others.
  const isDone = known.copies(key).length > 0 || intended !== undefined || !thorough
  if (fresh || !isDone) {
    const again = await lookInFolders(place, key, request, looked)
    // Where no folder is, there may be nothing else either; otherwise it is only the object that is missing.
    if (again.length === 0) await place.folders.check(request.signal)
  }
  const all = new Set([...ids, ...known.copies(key).map(({ id }) => id)])
  return bestFirst(key, await confirm(place, key, [...all], request))
}

/**
 * Lists the folders that an object can be in, and remembers all that is there.
 *
 * @param before folders that were listed a moment ago: now those that others have made are looked for
 * @returns the folders
 */
async function lookInFolders(
  place: Place,
  key: string,
  request: Request,
  before: readonly string[] | undefined,
): Promise<readonly string[]> {
  const [path] = partsOf(key)
  try {
    const found = (await place.folders.at(path, request, before !== undefined)).map(({ id }) => id)
    for (const folder of found.filter((id) => before?.includes(id) !== true)) {
      for await (const page of childrenOf(place.connection, folder, 'files', request)) {
        for (const file of page) {
          if (!place.known.isLost(file.id)) place.known.saw(`${path.join('/')}/${file.name}`, file)
        }
      }
    }
    return found
  } catch (error) {
    // A folder that was known is gone. Who looks thoroughly asks anew; a put makes it anew.
    if (!BackupError.is(error, 'not-found')) throw error
    place.folders.forget()
    return []
  }
}

async function confirm(
  { connection, known, notes }: Place,
  key: string,
  ids: readonly string[],
  request: Request,
): Promise<readonly DriveFile[]> {
  const [, name] = partsOf(key)
  const files = await Promise.all(
    ids.map(async (id) => {
      const file = await fileById(connection, id, request)
      if (file?.name === name) known.saw(key, file)
      // Renamed in the browser, it is no object of this name any more. An upload may still arrive.
      else if (id !== notes.own(key)?.id) known.lost(key, id)
      return file?.name === name ? file : undefined
    }),
  )
  return files.filter((file) => file !== undefined).sort(byAge)
}
