import { BackupError } from '@backup/core'
import type { drive_v3 } from '@googleapis/drive'
import type { Connection, Request } from './connection.ts'
import { contentOf, driveError } from './drive-error.ts'

/** A file or folder of Drive, as far as it is looked at. Names are not unique; ids are. */
export interface DriveFile {
  readonly id: string
  readonly name: string
  readonly size: number
  /** In hex, as Google computed them; one of them may be missing. */
  readonly sha256?: string
  readonly md5?: string
  readonly modifiedAt?: Date
  readonly createdMs: number
  readonly trashed: boolean
}

export const folderType = 'application/vnd.google-apps.folder'
export const fileFields = 'id,name,size,sha256Checksum,md5Checksum,modifiedTime,createdTime,trashed'

/** Oldest first, and the same order for everybody who looks. */
export function byAge(a: DriveFile, b: DriveFile): number {
  return a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1)
}

export function driveFile(raw: drive_v3.Schema$File): DriveFile {
  const { id, name, size, sha256Checksum, md5Checksum, modifiedTime, createdTime, trashed } = raw
  return {
    id: id ?? '',
    name: name ?? '',
    size: Number(size ?? 0),
    ...(typeof sha256Checksum === 'string' && { sha256: sha256Checksum }),
    ...(typeof md5Checksum === 'string' && { md5: md5Checksum }),
    ...(typeof modifiedTime === 'string' && { modifiedAt: new Date(modifiedTime) }),
    createdMs: Date.parse(createdTime ?? '') || 0,
    trashed: trashed === true,
  }
}

/** The file as it is now: by id nothing lags. `undefined` when there is none, or only in the trash. */
export async function fileById(
  { call, settings }: Connection,
  id: string,
  request: Request,
): Promise<DriveFile | undefined> {
  const accepting = { ...request, accept: [404] }
  const reply = await call(accepting, (drive, sending) =>
    drive.files.get({ fileId: id, fields: fileFields, supportsAllDrives: true }, sending),
  )
  if (reply.status === 404) return undefined
  const file = driveFile(contentOf<drive_v3.Schema$File>(reply, request, settings.now()))
  return file.trashed || file.id !== id ? undefined : file
}

export async function removeById(
  { call, settings }: Connection,
  id: string,
  request: Request,
): Promise<void> {
  const reply = await call({ ...request, accept: [404] }, (drive, sending) =>
    // Not into the trash, which counts against the storage.
    drive.files.delete({ fileId: id, supportsAllDrives: true }, sending),
  )
  // Success has nothing to say. What says something in its place is not Google.
  if (reply.status < 300 && reply.data !== '') throw driveError(reply, request, settings.now())
}

/** What is in a folder, page after page; files or folders, and nothing that is in the trash. */
export async function* childrenOf(
  { call, settings }: Connection,
  parent: string,
  what: 'files' | 'folders',
  request: Request,
): AsyncGenerator<readonly DriveFile[], void, undefined> {
  const { sharedDrive } = settings
  const sign = what === 'folders' ? '=' : '!='
  let pageToken: string | undefined
  do {
    const reply = await call(request, (drive, sending) =>
      drive.files.list(
        {
          // By parent alone: searches for names are known to lag behind.
          q: `'${parent}' in parents and mimeType ${sign} '${folderType}' and trashed = false`,
          fields: `nextPageToken,incompleteSearch,files(${fileFields})`,
          pageSize: 1000,
          spaces: 'drive',
          supportsAllDrives: true,
          includeItemsFromAllDrives: sharedDrive !== undefined,
          ...(sharedDrive !== undefined && { corpora: 'drive', driveId: sharedDrive }),
          ...(pageToken !== undefined && { pageToken }),
        },
        sending,
      ),
    )
    const page = contentOf<drive_v3.Schema$FileList>(reply, request, settings.now())
    if (page.incompleteSearch === true || !Array.isArray(page.files)) throw incomplete(request)
    // Shortcuts and documents of Google's own have no size, and no bytes.
    yield page.files.filter(({ size }) => what === 'folders' || typeof size === 'string').map(driveFile)
    const next = page.nextPageToken ?? undefined
    if (next !== undefined && next === pageToken) throw incomplete(request)
    pageToken = next
  } while (pageToken !== undefined)
}

function incomplete({ doing, key }: Request): BackupError {
  return new BackupError('transient', `Cannot ${doing}: Google could not list all that is there.`, {
    plugin: 'gdrive',
    key,
  })
}
