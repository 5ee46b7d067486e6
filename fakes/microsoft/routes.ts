import type { Answer, Incoming } from '../wire/index.ts'
import { addressOf, type Address } from './address.ts'
import type { Downloads } from './downloads.ts'
import { driveItem, type Drawn } from './drive-item.ts'
import { graphError, invalid, noRoom, notFound, taken } from './graph-answer.ts'
import type { Item, Items } from './items.ts'
import { children, delta, type ListingSwitches } from './listing.ts'
import { isLegalName } from './names.ts'
import type { Quota } from './quota.ts'
import type { ConflictBehavior, UploadSessions, UploadTarget } from './upload-sessions.ts'

/** What the requests to a drive work on. */
export interface Drive {
  readonly items: Items
  readonly quota: Quota
  readonly sessions: UploadSessions
  readonly downloads: Downloads
  readonly listing: ListingSwitches
  readonly switches: DriveSwitches
  drawn(): Drawn
  /** Where upload and download addresses lead: another host than Graph's. */
  contentOrigin(): string
}

export interface DriveSwitches {
  /** `fail` is passed over, as Business is reported to do. */
  overwritesAnyway: boolean
  /** Folders on the way to a new file have to be there. */
  wantsFolders: boolean
  /** The next small uploads are acknowledged and lost. */
  loseCommits: number
  /** Hashes are not there yet. */
  hashless: boolean
  /** What has come is stored with a byte changed. */
  damages: boolean
  /** Files that nobody may change at the moment: 423. */
  readonly locked: Set<string>
}

const smallBytes = 250 * 1024 * 1024
const longestPath = 400

export function route(drive: Drive, request: Incoming): Answer {
  const { method, url } = request
  if (/^\/v1\.0(?:\/me\/drive|\/drives\/[^/:]+)$/.test(url.pathname)) return showDrive(drive)
  const address = addressOf(url.pathname)
  if (!address) return graphError(400, 'invalidRequest', { inner: 'invalidPath' })
  if (address.path.join('/').length > longestPath) return invalid('pathIsTooLong')
  const start = startOf(drive, address)
  if (!start) return notFound()
  if (!address.path.every(isLegalName)) return invalid('invalidPath')
  const handle = handlers[`${method} ${address.action}`]
  return handle ? handle(drive, { request, address, start }) : graphError(405, 'notSupported')
}

interface Asked {
  readonly request: Incoming
  readonly address: Address
  readonly start: Item
}

type Handler = (drive: Drive, asked: Asked) => Answer

const handlers: Readonly<Record<string, Handler>> = {
  'GET ': onItem((drive, { request }, item) => show(drive, item, 200, request.url)),
  'GET children': onItem((drive, { request }, item) =>
    children(item, request.url, drive.drawn(), drive.listing),
  ),
  'GET content': onItem((drive, _, item) =>
    item.children ? invalid() : { status: 302, headers: { location: drive.drawn().address(item) } },
  ),
  'GET delta': (drive, { request, start }) =>
    delta([start, ...drive.items.files()], request.url, drive.drawn(), 'era-1'),
  'POST children': onItem(makeFolder),
  'PUT content': putContent,
  'PUT ': commitSession,
  'POST createUploadSession': createSession,
  'PATCH ': onItem(change),
  'DELETE ': onItem((drive, _, item) => {
    if (drive.switches.locked.has(item.id)) return locked()
    drive.quota.deleted += item.content.length
    drive.items.remove(item)
    return { status: 204 }
  }),
}

function onItem(handle: (drive: Drive, asked: Asked, item: Item) => Answer): Handler {
  return (drive, asked) => {
    const item = drive.items.at(asked.start, asked.address.path)
    return item ? handle(drive, asked, item) : notFound()
  }
}

function showDrive(drive: Drive): Answer {
  const { kind, driveId } = drive.drawn()
  return { status: 200, body: { id: driveId, driveType: kind, quota: drive.quota.show() } }
}

function show(drive: Drive, item: Item, status: number, url?: URL): Answer {
  return { status, body: driveItem(item, drive.drawn(), url?.searchParams.get('$select') ?? null) }
}

function startOf({ items }: Drive, { start }: Address): Item | undefined {
  if (start.by === 'id') return items.byId(start.id)
  return start.by === 'root' ? items.root : items.approot()
}

function makeFolder(drive: Drive, { request }: Asked, parent: Item): Answer {
  const body = jsonOf(request)
  const name = String(body['name'] ?? '')
  if (!body['folder'] || !isLegalName(name)) return invalid('invalidPath')
  const present = drive.items.at(parent, [name])
  const behavior = body['@microsoft.graph.conflictBehavior'] ?? 'fail'
  if (present && behavior !== 'replace') return taken()
  const made = drive.items.folders(parent, [name])
  return made ? show(drive, made, 201) : taken()
}

/** The folder a new file goes to, or why there is none. */
function targetOf(drive: Drive, { start, address }: Asked): { parent: Item; name: string } | Answer {
  const name = address.path.at(-1)
  if (name === undefined) {
    if (!start.parent || start.children) return invalid()
    return { parent: start.parent, name: start.name }
  }
  const folders = address.path.slice(0, -1)
  if (drive.switches.wantsFolders && !drive.items.at(start, folders)) return notFound()
  const parent = drive.items.folders(start, folders)
  return parent ? { parent, name } : taken()
}

function putContent(drive: Drive, asked: Asked): Answer {
  const { body, url } = asked.request
  if (body.length > smallBytes) return graphError(413, 'invalidRequest', { inner: 'maxStreamSizeExceeded' })
  const target = targetOf(drive, asked)
  if ('status' in target) return target
  if (!drive.quota.hasRoom(body.length)) return noRoom()
  const behavior = behaviorOf(url.searchParams.get('@microsoft.graph.conflictBehavior'))
  const keep = drive.switches.loseCommits === 0
  if (!keep) drive.switches.loseCommits--
  return store(drive, { ...target, behavior, deferred: false }, body, keep)
}

/** Puts a whole file where it belongs. */
export function store(
  drive: Drive,
  { parent, name, behavior }: UploadTarget,
  content: Buffer,
  keep: boolean,
): Answer {
  const { items, switches } = drive
  const present = items.at(parent, [name])
  if (present?.children) return taken()
  if (present && switches.locked.has(present.id)) return locked()
  if (present && behavior === 'fail' && !switches.overwritesAnyway) return taken()
  const free = present && behavior === 'rename' ? `${name} 1` : name
  const bytes = Buffer.from(content)
  if (switches.damages && bytes.length > 0) bytes[0] = (bytes[0] ?? 0) ^ 1
  const stored = items.write(parent, free, bytes)
  const answer = show(drive, stored, free === name && present ? 200 : 201)
  if (!keep) items.remove(stored)
  return answer
}

function createSession(drive: Drive, asked: Asked): Answer {
  const target = targetOf(drive, asked)
  if ('status' in target) return target
  const body = jsonOf(asked.request)
  const item = (body['item'] ?? {}) as Record<string, unknown>
  const size = item['fileSize']
  if (typeof size === 'number' && drive.drawn().kind !== 'personal') return invalid('invalidParameterFormat')
  // A drive that is full says so at once; one that has too little room when the last part comes.
  if (!drive.quota.hasRoom(typeof size === 'number' ? size : 1)) return noRoom()
  const behavior = behaviorOf(item['@microsoft.graph.conflictBehavior'])
  const deferred = body['deferCommit'] === true
  return drive.sessions.create({ ...target, behavior, deferred }, drive.contentOrigin())
}

function commitSession(drive: Drive, { request }: Asked): Answer {
  const source = String(jsonOf(request)['@microsoft.graph.sourceUrl'] ?? '')
  const token = /\/upload\/([\w-]+)/.exec(source)?.[1]
  return token === undefined ? invalid() : drive.sessions.commit(token)
}

function change(drive: Drive, { request }: Asked, item: Item): Answer {
  const body = jsonOf(request)
  if (drive.switches.locked.has(item.id)) return locked()
  if (
    request.headers.has('if-match') &&
    request.headers.get('if-match') !== `"{${item.id}},${item.versions}"`
  )
    return graphError(412, 'resourceModified')
  const name = String(body['name'] ?? item.name)
  const reference = body['parentReference'] as { id?: string } | undefined
  const parent = reference?.id === undefined ? item.parent : drive.items.byId(reference.id)
  if (!parent || !isLegalName(name)) return invalid('invalidPath')
  const present = drive.items.at(parent, [name])
  if (present && present !== item) return taken()
  if (name !== item.name || parent !== item.parent) drive.items.move(item, parent, name)
  else if (drive.drawn().kind === 'business') item.versions++
  return show(drive, item, 200)
}

function behaviorOf(value: unknown): ConflictBehavior {
  return value === 'fail' || value === 'rename' ? value : 'replace'
}

function locked(): Answer {
  return graphError(423, 'resourceLocked')
}

function jsonOf({ body }: Incoming): Record<string, unknown> {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    return {}
  }
}
