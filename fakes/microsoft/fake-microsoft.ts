import { fakeServer, type Answer, type Certificate, type FakeServer, type Incoming } from '../wire/index.ts'
import { downloads, type Downloads } from './downloads.ts'
import { graphError, noToken } from './graph-answer.ts'
import { items, type Items } from './items.ts'
import { listingSwitches, type ListingSwitches } from './listing.ts'
import type { AccountKind } from './names.ts'
import { quota, type Quota } from './quota.ts'
import { route, store, type Drive, type DriveSwitches } from './routes.ts'
import { signIn, type SignIn } from './sign-in.ts'
import { throttle, type Throttle } from './throttle.ts'
import { uploadSessions, type UploadSessions } from './upload-sessions.ts'

export interface FakeMicrosoftOptions {
  readonly tls: Certificate
  /** ['personal'] */
  readonly kind?: AccountKind
  /** Milliseconds since 1970. [the system's] */
  readonly now?: () => number
  /** Size of the drive in bytes. [5 GB] */
  readonly totalBytes?: number
}

/**
 * An account at Microsoft with one drive: Graph and the sign-in on `127.0.0.1`, addresses for uploads and
 * downloads on `localhost`, so that a token that goes there is seen.
 */
export interface FakeMicrosoft {
  readonly server: FakeServer
  /** `https://127.0.0.1:…/v1.0` */
  readonly graphUrl: string
  readonly tokenUrl: string
  readonly driveId: string
  readonly items: Items
  readonly quota: Quota
  readonly sessions: UploadSessions
  readonly downloads: Downloads
  readonly listing: ListingSwitches
  readonly switches: DriveSwitches & { suspended: boolean }
  readonly throttle: Throttle
  readonly signIn: SignIn
  /** Requests that came with a token to where none belongs. */
  leaks(): number
}

export async function fakeMicrosoft(options: FakeMicrosoftOptions): Promise<FakeMicrosoft> {
  const { tls, kind = 'personal', now = Date.now, totalBytes = 5_000_000_000 } = options
  const driveId = kind === 'personal' ? '0123456789abcdef' : 'b!Fake-drive_0'
  const held = items(kind, now)
  const room = quota(held, kind, totalBytes)
  const budget = throttle(now)
  const account = signIn(now)
  const given = downloads(held, now)
  const switches: FakeMicrosoft['switches'] = {
    overwritesAnyway: false,
    wantsFolders: false,
    loseCommits: 0,
    hashless: false,
    damages: false,
    locked: new Set(),
    suspended: false,
  }
  const sessions: UploadSessions = uploadSessions({
    now,
    hasRoom: (bytes) => room.hasRoom(bytes),
    store: (target, content, keep) => store(drive, target, content, keep),
    blocksNames: kind === 'business',
  })
  const drive: Drive = {
    items: held,
    quota: room,
    sessions,
    downloads: given,
    listing: listingSwitches(),
    switches,
    drawn: () => ({
      kind,
      driveId,
      hashless: switches.hashless,
      address: (item) => given.address(item, drive.contentOrigin()),
    }),
    contentOrigin: () => `https://localhost:${server.port}`,
  }

  const handle = (request: Incoming): Answer => {
    const { pathname } = request.url
    if (pathname.includes('/oauth2/')) return account.serve(request)
    const refused = budget.check()
    if (refused) return refused
    if (switches.suspended) return graphError(403, 'accessDenied', { inner: 'accountSuspended' })
    const [, host, token = ''] = /^\/(upload|download)\/([\w-]+)$/.exec(pathname) ?? []
    if (host === 'upload') return sessions.serve(token, request)
    if (host === 'download') return given.serve(token, request)
    const bearer = /^Bearer (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
    return account.accepts(bearer) ? route(drive, request) : noToken()
  }
  const server = await fakeServer(handle, tls)

  return {
    server,
    graphUrl: `${server.origin}/v1.0`,
    tokenUrl: `${server.origin}/common/oauth2/v2.0/token`,
    driveId,
    items: held,
    quota: room,
    sessions,
    downloads: given,
    listing: drive.listing,
    switches,
    throttle: budget,
    signIn: account,
    leaks: () => sessions.leaks() + given.leaks(),
  }
}
