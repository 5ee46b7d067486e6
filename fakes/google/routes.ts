import type { Answer, Incoming } from '../wire/index.ts'
import { units, type Budget } from './budget.ts'
import { caller as callerOf, type Caller } from './caller.ts'
import { download } from './downloads.ts'
import { listFiles } from './listing.ts'
import { isRefusal, newFile } from './new-file.ts'
import { refusal } from './refusals.ts'
import { fieldsOf, resource } from './resource.ts'
import type { Store, StoredFile } from './store.ts'
import type { TokenServer } from './tokens.ts'
import type { Uploads } from './uploads.ts'

export interface Parts {
  readonly store: Store
  readonly tokens: TokenServer
  readonly budget: Budget
  readonly uploads: Uploads
}

type Route = readonly [
  pattern: RegExp,
  cost: number,
  handle: (parts: Parts, caller: Caller, incoming: Incoming, id: string) => Answer,
]

const none: Answer = { status: 204 }
const unknown: Answer = {
  status: 404,
  headers: { 'content-type': 'text/html' },
  body: '<html>Not Found</html>',
}

/** By method and path; the first that fits answers. */
const routes: readonly Route[] = [
  [
    /^GET \/drive\/v3\/files$/,
    units.list,
    ({ store }, caller, { url }) => listFiles(store, caller, url.searchParams),
  ],
  [/^GET \/drive\/v3\/files\/generateIds$/, units.read, generateIds],
  [/^GET \/drive\/v3\/files\/([^/]+)$/, units.read, getFile],
  [/^POST \/drive\/v3\/files$/, units.edit, createFile],
  [/^PATCH \/drive\/v3\/files\/([^/]+)$/, units.edit, changeFile],
  [/^DELETE \/drive\/v3\/files\/([^/]+)$/, units.edit, deleteFile],
  [
    /^POST \/upload\/drive\/v3\/files$/,
    units.edit,
    ({ uploads }, caller, incoming) => uploads.begin(caller, incoming),
  ],
  [/^GET \/drive\/v3\/about$/, units.read, ({ store }) => ({ status: 200, body: about(store) })],
  [/^GET \/drive\/v3\/drives\/([^/]+)$/, units.read, getDrive],
  [/^GET \/drive\/v3\/changes\/startPageToken$/, units.read, startPageToken],
  [/^GET \/drive\/v3\/changes$/, units.list, listChanges],
]

/** Answers as Google does, whatever host was asked for. */
export function answer(parts: Parts, incoming: Incoming): Answer {
  const { method, url, headers } = incoming
  if (url.pathname === '/token') return parts.tokens.token(incoming)
  if (url.pathname === '/o/oauth2/v2/auth') return parts.tokens.authorize(url)
  const authorization = headers.get('authorization')
  const token = parts.tokens.allowed(authorization)
  const isSession = url.pathname.startsWith('/upload/') && url.searchParams.has('upload_id')
  // The address of a session is permission enough; a token that is sent all the same has to be good.
  if (!token && !(isSession && authorization === null)) return refusal('authError')
  if (isSession) return parts.uploads.goOn(incoming)
  const route = routes.find(([pattern]) => pattern.test(`${method} ${url.pathname}`))
  if (!route || !token) return unknown
  const [pattern, cost, handle] = route
  const media = url.searchParams.get('alt') === 'media'
  const refused = parts.budget.spend(media ? units.download : cost)
  if (refused) return refused
  const id = decodeURIComponent(pattern.exec(`${method} ${url.pathname}`)?.[1] ?? '')
  return handle(parts, callerOf(parts.store, token), incoming, id)
}

function generateIds({ store }: Parts, _: Caller, { url }: Incoming): Answer {
  const count = Number(url.searchParams.get('count') ?? 10)
  if (!(count >= 1 && count <= 1000)) return refusal('invalid')
  const ids = Array.from({ length: count }, () => store.newId())
  return { status: 200, body: { kind: 'drive#generatedIds', space: 'drive', ids } }
}

function getFile({ store }: Parts, caller: Caller, { url, headers }: Incoming, id: string): Answer {
  const query = url.searchParams
  if (caller.seesFolder(caller.idOf(id), query) && !store.files.has(caller.idOf(id))) {
    return {
      status: 200,
      body: { kind: 'drive#file', id: caller.idOf(id), name: 'My Drive', trashed: false },
    }
  }
  const file = caller.file(id, query)
  if (!file) return refusal('notFound')
  if (query.get('alt') !== 'media') return shown(store, file, query)
  return download(file, headers.get('range'), query.get('acknowledgeAbuse') === 'true')
}

function createFile({ store }: Parts, caller: Caller, { url, body }: Incoming): Answer {
  const query = url.searchParams
  const file = newFile(store, caller, JSON.parse(body.toString() || '{}') as Record<string, unknown>, query)
  if (isRefusal(file)) return file
  store.freeIds.delete(file.id)
  return shown(store, store.add(file), query)
}

function changeFile({ store }: Parts, caller: Caller, { url, body }: Incoming, id: string): Answer {
  const file = caller.file(id, url.searchParams)
  if (!file) return refusal('notFound')
  const { name, trashed, modifiedTime } = JSON.parse(body.toString() || '{}') as Record<string, unknown>
  if (typeof name === 'string') file.name = name
  if (typeof trashed === 'boolean') file.trashed = trashed
  if (typeof modifiedTime === 'string') file.modifiedMs = Date.parse(modifiedTime)
  store.changes.push(file.id)
  return shown(store, file, url.searchParams)
}

function deleteFile({ store }: Parts, caller: Caller, { url }: Incoming, id: string): Answer {
  const file = caller.file(id, url.searchParams)
  if (!file) return refusal('notFound')
  store.remove(file.id)
  return none
}

function getDrive({ store }: Parts, _: Caller, __: Incoming, id: string): Answer {
  const name = store.sharedDrives.get(id)
  return name === undefined ? refusal('notFound') : { status: 200, body: { kind: 'drive#drive', id, name } }
}

function startPageToken({ store }: Parts): Answer {
  return { status: 200, body: { kind: 'drive#startPageToken', startPageToken: String(store.changes.length) } }
}

function listChanges({ store }: Parts, caller: Caller, { url }: Incoming): Answer {
  const from = Number(url.searchParams.get('pageToken') ?? Number.NaN)
  if (!Number.isSafeInteger(from) || from > store.changes.length) return refusal('invalid')
  const seen = [...new Set(store.changes.slice(from))].map((fileId) => ({
    fileId,
    file: store.files.get(fileId),
  }))
  const changes = seen.map(({ fileId, file }) => ({
    kind: 'drive#change',
    fileId,
    removed: !file || !caller.sees(file),
    ...(file && caller.sees(file) && { file: resource(store, file, new Set(['*'])) }),
  }))
  return { status: 200, body: { changes, newStartPageToken: String(store.changes.length) } }
}

/** Numbers are texts, and where there is no limit there is no `limit`. */
function about(store: Store): object {
  const { limitBytes } = store.behaviour
  const trash = [...store.files.values()].filter((file) => store.isTrashed(file))
  const used = String(store.usedBytes())
  const inTrash = String(trash.reduce((sum, { bytes }) => sum + bytes.length, 0))
  const limit = limitBytes === undefined ? {} : { limit: String(limitBytes) }
  const user = { kind: 'drive#user', displayName: 'Owner', emailAddress: 'owner@example.com' }
  return {
    kind: 'drive#about',
    user,
    storageQuota: { ...limit, usage: used, usageInDrive: used, usageInDriveTrash: inTrash },
  }
}

function shown(store: Store, file: StoredFile, query: URLSearchParams): Answer {
  return { status: 200, body: resource(store, file, fieldsOf(query)) }
}
