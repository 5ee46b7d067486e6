import { BackupError, isKey, throwIfAborted, type ListedObject } from '@backup/core'
import type { Request } from './connection.ts'
import { bestFirst } from './copies.ts'
import { childrenOf, fileById, type DriveFile } from './files.ts'
import type { Place } from './place.ts'

/** Folders that are listed at the same time. */
const atOnce = 4

/**
 * Folder after folder, each object once, however many files it has. What was stored here a moment ago is
 * there even if Google does not list it yet. What is not named like an object of ours is passed over.
 */
export async function* listObjects(
  place: Place,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const { location } = place.connection.settings
  const request: Request = { doing: `list ${prefix === '' ? location : prefix}`, key: prefix, signal }
  const missing = new Map(place.known.recent(prefix).map(([key, copy]) => [copy.id, key]))
  const yielded = new Set<string>()
  let found = 0

  const folders = await foldersFor(place, prefix, request).catch((error: unknown) =>
    vanished(place, request, error),
  )
  const queue = folders.values()
  const ahead: Promise<readonly ListedFolder[]>[] = []
  const begin = (): void => {
    const next = queue.next()
    if (next.done) return
    const listing = listFolder(place, next.value, prefix, request).then((entry) => [entry])
    // Whoever leaves early does not wait for it.
    listing.catch(() => {})
    ahead.push(listing)
  }
  for (let begun = 0; begun < atOnce; begun++) begin()
  for (let listing = ahead.shift(); listing; listing = ahead.shift()) {
    for (const { objects, ids } of await listing) {
      begin()
      for (const id of ids) missing.delete(id)
      for (const object of objects) {
        throwIfAborted(signal, 'listing')
        found++
        yield object
        if (missing.size > 0) yielded.add(object.key)
      }
    }
  }
  for (const [id, key] of missing) {
    if (yielded.has(key)) continue
    const copy = await fileById(place.connection, id, request)
    throwIfAborted(signal, 'listing')
    if (!copy) {
      place.known.lost(key, id)
      continue
    }
    yield listedAs(key, copy)
    yielded.add(key)
    found++
  }
  // An empty listing and a place in the trash look the same.
  if (found === 0) await place.folders.check(signal)
}

interface ListedFolder {
  readonly objects: readonly ListedObject[]
  readonly ids: readonly string[]
}

/** The folders, as they are now, that can hold a key with this prefix. */
async function foldersFor(
  place: Place,
  prefix: string,
  request: Request,
): Promise<readonly (readonly string[])[]> {
  const [kind = '', shard, name] = prefix.split('/')
  const fits = (folder: string, wanted: string, isWhole: boolean): boolean =>
    isWhole ? folder === wanted : folder.startsWith(wanted)
  const kinds = (await place.folders.namesIn([], request)).filter((it) => fits(it, kind, shard !== undefined))
  const paths: (readonly string[])[] = []
  for (const it of kinds) {
    if (!isKey(`${it}/a/a`)) continue
    const shards = await place.folders.namesIn([it], request)
    const wanted = shards.filter(
      (each) => isKey(`a/${each}/a`) && fits(each, shard ?? '', name !== undefined),
    )
    paths.push(...wanted.map((each) => [it, each]))
  }
  return paths
}

async function listFolder(
  place: Place,
  path: readonly string[],
  prefix: string,
  request: Request,
): Promise<ListedFolder> {
  const copies = new Map<string, Map<string, DriveFile>>()
  const ids: string[] = []
  const folders = await place.folders.at(path, request)
  for (const { id } of folders) {
    try {
      for await (const page of childrenOf(place.connection, id, 'files', request)) {
        for (const file of page) {
          const key = `${path.join('/')}/${file.name}`
          if (!isKey(key) || !key.startsWith(prefix) || place.known.isLost(file.id)) continue
          ids.push(file.id)
          place.known.saw(key, file)
          const same = copies.get(key) ?? new Map<string, DriveFile>()
          copies.set(key, same.set(file.id, file))
        }
      }
    } catch (error) {
      await vanished(place, request, error)
    }
  }
  const objects: ListedObject[] = []
  for (const [key, same] of copies) {
    const [best] = bestFirst(key, [...same.values()])
    if (best) objects.push(listedAs(key, best))
  }
  return { objects, ids }
}

/** A folder was there a moment ago: somebody removes folders, and perhaps all of the place. */
async function vanished(place: Place, request: Request, error: unknown): Promise<never> {
  if (!BackupError.is(error, 'not-found')) throw error
  place.folders.forget()
  await place.folders.check(request.signal)
  throw new BackupError('transient', `Cannot ${request.doing}: a folder vanished meanwhile.`, {
    plugin: 'gdrive',
    key: request.key,
    cause: error,
  })
}

export function listedAs(key: string, { size, sha256, modifiedAt }: DriveFile): ListedObject {
  return { key, size, ...(sha256 !== undefined && { sha256 }), ...(modifiedAt && { modifiedAt }) }
}
