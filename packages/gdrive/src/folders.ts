import { BackupError } from '@backup/core'
import type { drive_v3 } from '@googleapis/drive'
import type { Connection, Request } from './connection.ts'
import { contentOf } from './drive-error.ts'
import { byAge, childrenOf, driveFile, fileById, fileFields, folderType, type DriveFile } from './files.ts'
import type { Ids } from './ids.ts'
import { unlessAborted } from './unless-aborted.ts'

/**
 * The folders of the place. Drive lets several folders have one name, and two processes that start together
 * may make one each: all of them are looked into, and the oldest is written to.
 */
export interface Folders {
  /** @throws `target-missing` when the place is not there and shall not be made */
  open(create: boolean, signal: AbortSignal | undefined): Promise<void>
  /** Is the place still there? @throws `target-missing` */
  check(signal: AbortSignal | undefined): Promise<void>
  /** The folders that have this path in the place, oldest first. With `fresh`, as they are now. */
  at(path: readonly string[], request: Request, fresh?: boolean): Promise<readonly DriveFile[]>
  /** The names of the folders in this one of the place, as they are now. */
  namesIn(path: readonly string[], request: Request): Promise<readonly string[]>
  /** The folder to write to; it is made when it is missing. */
  make(path: readonly string[], request: Request): Promise<DriveFile>
  /** Something was not where it should be: ask again from now on. */
  forget(): void
}

export function folders(connection: Connection, ids: Ids): Folders {
  const { path: top, sharedDrive, location } = connection.settings
  const root: DriveFile = { ...driveFile({ id: sharedDrive ?? 'root' }), name: location }
  /** Folders by the id of the one they are in. */
  const listed = new Map<string, Promise<readonly DriveFile[]>>()
  /** Made here: a listing may not show them yet. */
  const made = new Map<string, DriveFile[]>()
  /** By parent and name: who makes a folder, and the id that it gets however often that is tried. */
  const making = new Map<string, Promise<DriveFile>>()
  const intended = new Map<string, string>()

  const list = async (parent: string, request: Request): Promise<readonly DriveFile[]> => {
    const found = new Map<string, DriveFile>()
    for await (const page of childrenOf(connection, parent, 'folders', request)) {
      for (const folder of page) found.set(folder.id, folder)
    }
    for (const folder of made.get(parent) ?? []) {
      if (!found.has(folder.id)) found.set(folder.id, folder)
    }
    return [...found.values()].sort(byAge)
  }
  const inside = (parent: string, request: Request, fresh: boolean): Promise<readonly DriveFile[]> => {
    const { doing, key, signal } = request
    const known = fresh ? undefined : listed.get(parent)
    if (known) return unlessAborted(known, signal, doing)
    // Not with the signal of the one who asks first: the others wait for the same answer.
    const asked = list(parent, { doing, key })
    listed.set(parent, asked)
    asked.catch(() => listed.get(parent) === asked && listed.delete(parent))
    return unlessAborted(asked, signal, doing)
  }
  const walk = async (
    from: readonly DriveFile[],
    path: readonly string[],
    request: Request,
    fresh: boolean,
  ): Promise<readonly DriveFile[]> => {
    let here = from
    for (const name of path) {
      const below = await Promise.all(here.map(({ id }) => inside(id, request, fresh)))
      here = below
        .flat()
        .filter((folder) => folder.name === name)
        .sort(byAge)
    }
    return here
  }

  const create = async (parent: DriveFile, name: string, request: Request): Promise<DriveFile> => {
    const slot = `${parent.id}/${name}`
    const id = intended.get(slot) ?? (await ids.take(request))
    intended.set(slot, id)
    const accepting = { ...request, accept: [409] }
    const reply = await connection.call(accepting, (drive, sending) =>
      drive.files.create(
        {
          requestBody: { id, name, mimeType: folderType, parents: [parent.id] },
          fields: fileFields,
          supportsAllDrives: true,
        },
        sending,
      ),
    )
    const isThere = reply.status === 409 ? await fileById(connection, id, request) : undefined
    intended.delete(slot)
    if (reply.status === 409 && !isThere) throw vanished(request)
    const now = connection.settings.now()
    const folder = isThere ?? driveFile(contentOf<drive_v3.Schema$File>(reply, request, now))
    made.set(parent.id, [...(made.get(parent.id) ?? []), folder])
    const others = (await listed.get(parent.id)?.catch(() => [])) ?? []
    listed.set(parent.id, Promise.resolve([...others, folder].sort(byAge)))
    return folder
  }
  const makeIn = (parent: DriveFile, name: string, request: Request): Promise<DriveFile> => {
    const slot = `${parent.id}/${name}`
    const { doing, key, signal } = request
    const begun = making.get(slot)
    if (begun) return unlessAborted(begun, signal, doing)
    const work = create(parent, name, { doing, key }).finally(() => making.delete(slot))
    making.set(slot, work)
    return unlessAborted(work, signal, doing)
  }
  const makePath = async (
    from: readonly DriveFile[],
    path: readonly string[],
    request: Request,
  ): Promise<readonly DriveFile[]> => {
    let here = from
    for (const name of path) {
      const below = await walk(here, [name], request, false)
      const [oldest] = here
      if (!oldest) throw missing()
      here = below.length > 0 ? below : [await makeIn(oldest, name, request)]
    }
    return here
  }

  const missing = (): BackupError =>
    new BackupError('target-missing', `There is no folder ${location}, or this client id cannot see it.`, {
      plugin: 'gdrive',
      key: location,
      hint:
        'Check "folder" and the account. With the scope drive.file, only the client id that made the ' +
        'folder sees it. It is never created anew by itself; init() creates it.',
    })
  const base = async (request: Request, fresh = false): Promise<readonly DriveFile[]> => {
    const found = await walk([root], top, request, fresh).catch((error: unknown) => {
      if (!BackupError.is(error, 'not-found') || (listed.size === 0 && made.size === 0)) return absent(error)
      // One that was known is gone. There may be another one of its name by now.
      forget()
      return walk([root], top, request, true).catch(absent)
    })
    if (found.length === 0) throw missing()
    return found
  }
  const forget = (): void => {
    listed.clear()
    made.clear()
  }
  const absent = (error: unknown): readonly DriveFile[] => {
    // The shared drive itself is not there, or was not shared with this account.
    if (BackupError.is(error, 'not-found')) return []
    throw error
  }

  /** A folder that was known is gone, so what is known is old. */
  const changed = (error: unknown): never => {
    if (BackupError.is(error, 'not-found')) forget()
    throw error
  }

  return {
    async open(mayCreate, signal) {
      const request = { doing: `open ${location}`, key: location, signal }
      const found = await walk([root], top, request, true).catch(absent)
      if (found.length > 0) return
      if (!mayCreate) throw missing()
      await makePath([root], top, request).catch((error: unknown) => {
        throw BackupError.is(error, 'not-found') ? missing() : error
      })
    },

    async check(signal) {
      const request = { doing: `open ${location}`, key: location, signal }
      for (const { id } of await base(request)) if (await fileById(connection, id, request)) return
      forget()
      throw missing()
    },

    async at(path, request, fresh = false) {
      return walk(await base(request), path, request, fresh).catch(changed)
    },

    async namesIn(path, request) {
      const here =
        path.length === 0 ? await base(request, true) : await walk(await base(request), path, request, false)
      const below = await Promise.all(here.map(({ id }) => inside(id, request, true))).catch(changed)
      return [...new Set(below.flat().map(({ name }) => name))]
    },

    async make(path, request) {
      const [oldest] = await makePath(await base(request), path, request)
      if (!oldest) throw missing()
      return oldest
    },

    forget,
  }
}

function vanished({ doing, key }: Request): BackupError {
  return new BackupError('transient', `Cannot ${doing}: a folder was made, and is gone again.`, {
    plugin: 'gdrive',
    key,
  })
}
