import { BackupError, isKey, throwIfAborted, type ListedObject } from '@backup/core'
import { nonsense } from './graph-error.ts'
import type { Graph, Json } from './graph.ts'
import { infoOf, itemFields, itemFrom, type Item } from './item.ts'
import { partOf } from './names.ts'
import type { Place } from './place.ts'
import type { Request } from './request.ts'

/**
 * Folders that are read at the same time. A listing costs twice what a read does, and the account has one
 * budget.
 */
const foldersAtOnce = 4
const pageItems = 1_000
/** `class/shard/name` */
const depthOfObjects = 3

/**
 * Walks the folders that can hold keys with this prefix. What is not named like an object is passed over.
 *
 * Names are the same to OneDrive whatever their case, so a folder may have been renamed to `Packs` and
 * objects are found in it all the same; it is listed as what it is for.
 */
export async function* listObjects(
  graph: Graph,
  place: Place,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ListedObject, void, undefined> {
  const stop = new AbortController()
  const { location } = graph.settings
  const request = graph.network.begin({
    doing: `list ${prefix === '' ? location : prefix}`,
    key: prefix,
    signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  })
  // It need not be there: then there is nothing to list.
  const start = prefix.split('/').slice(0, -1)
  const walk: Walk = { graph, place, prefix, request }
  try {
    for await (const object of below(walk, start)) {
      throwIfAborted(signal, request.doing)
      yield object
    }
  } catch (error) {
    throwIfAborted(signal, request.doing)
    throw error
  } finally {
    // The reader may have left in the middle.
    stop.abort()
  }
}

interface Walk {
  readonly graph: Graph
  readonly place: Place
  readonly prefix: string
  readonly request: Request
}

async function* below(walk: Walk, path: readonly string[]): AsyncGenerator<ListedObject, void, undefined> {
  const isSeen = path.length > 0 && !walk.prefix.startsWith(`${path.join('/')}/`)
  const found = await childrenOf(walk, path, isSeen)
  if (path.length === depthOfObjects - 1) return yield* objectsIn(walk, path, found)

  const folders = found.flatMap(({ name, isFolder }) => {
    const part = isFolder ? partOf(name.toLowerCase()) : undefined
    return part !== undefined && canLeadTo([...path, part], walk.prefix) ? [[...path, part]] : []
  })
  if (path.length < depthOfObjects - 2) {
    for (const folder of folders) yield* below(walk, folder)
    return
  }
  const ahead: Promise<Item[]>[] = []
  for (const [at, folder] of folders.entries()) {
    while (ahead.length < Math.min(folders.length, at + foldersAtOnce)) {
      const items = childrenOf(walk, folders[ahead.length] ?? [], true)
      // Whoever waits for it is told; nobody may be left to.
      items.catch(() => {})
      ahead.push(items)
    }
    const items = (await ahead[at]) ?? []
    delete ahead[at]
    yield* objectsIn(walk, folder, items)
  }
}

function* objectsIn(
  { prefix }: Walk,
  path: readonly string[],
  items: readonly Item[],
): Generator<ListedObject> {
  for (const item of items) {
    const part = item.isFolder ? undefined : partOf(item.name)
    const key = [...path, part].join('/')
    if (part !== undefined && isKey(key) && key.startsWith(prefix)) yield { key, ...infoOf(item) }
  }
}

function canLeadTo(path: readonly string[], prefix: string): boolean {
  const folder = `${path.join('/')}/`
  return folder.startsWith(prefix) || prefix.startsWith(folder)
}

/**
 * All items of a folder, page after page, each once; none when there is no such folder. One that was seen is
 * there: a part of a listing would look like all of it.
 */
async function childrenOf(
  { graph, place, request }: Walk,
  path: readonly string[],
  isSeen: boolean,
): Promise<Item[]> {
  const { id } = await place.folder(request)
  const query = `$top=${pageItems}&$select=${itemFields}`
  const start =
    path.length === 0
      ? `${place.item(id)}/children`
      : await place.address(path.join('/'), request, 'children')
  const items = new Map<string, Item>()
  const seen = new Set<string>()

  for (let next: string | undefined = `${start}?${query}`; next !== undefined;) {
    seen.add(next)
    const answer = await graph.send({ ...request, method: 'GET', path: next, accept: [404] })
    if (answer.status === 404) {
      await place.check(request)
      if (isSeen || seen.size > 1) throw lostFolder(request)
      return []
    }
    const page = answer.json()
    const value = page['value']
    if (!Array.isArray(value)) throw nonsense(request)
    for (const json of value as readonly Json[]) {
      const item = itemFrom(json, request)
      // A page that was shifted by a new item shows the last one again.
      items.set(item.id, item)
    }
    next = nextPage(graph, page['@odata.nextLink'], request)
    if (next !== undefined && seen.has(next)) throw endless(request)
  }
  return [...items.values()]
}

/**
 * Below the version, as the client wants it. @throws when it leads elsewhere: the token would go there, too
 */
function nextPage({ settings }: Graph, link: unknown, request: Request): string | undefined {
  if (link === undefined || link === null) return undefined
  const start = `${settings.graphUrl}/v1.0/`
  if (typeof link === 'string' && link.startsWith(start) && !link.slice(start.length).includes('https://')) {
    return link.slice(start.length - 1)
  }
  throw new BackupError(
    'permanent',
    `Cannot ${request.doing}: it is to go on at an address that is not Graph's.`,
    {
      plugin: 'onedrive',
      key: request.key,
      hint: 'Look for a proxy between this machine and OneDrive; the token was not sent there.',
    },
  )
}

function lostFolder({ doing, key }: Request): BackupError {
  return new BackupError('transient', `Cannot ${doing}: a folder went away while it was read.`, {
    plugin: 'onedrive',
    key,
  })
}

function endless({ doing, key }: Request): BackupError {
  return new BackupError(
    'transient',
    `Cannot ${doing}: a page says that it is followed by one that was there before.`,
    {
      plugin: 'onedrive',
      key,
    },
  )
}
