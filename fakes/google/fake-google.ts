import { fakeServer, type Answer, type Certificate, type FakeServer, type Incoming } from '../wire/index.ts'
import { budget } from './budget.ts'
import { answer } from './routes.ts'
import { store as storeOf, type Store } from './store.ts'
import { tokenServer, type TokenServer } from './tokens.ts'
import { uploads as uploadsOf, type Uploads } from './uploads.ts'

/** Google Drive and Google's sign-in, as far as backups touch them. One account. */
export interface FakeGoogle {
  readonly server: FakeServer
  readonly store: Store
  readonly tokens: TokenServer
  readonly uploads: Pick<Uploads, 'begun' | 'unfinished' | 'receivedBytes' | 'expire'>
  /** For the option `rootUrl` of clients. */
  readonly rootUrl: string
  /** Another way in, without TLS, for clients that need none. @returns its address */
  plainDoor(): Promise<string>
  close(): Promise<void>
}

export interface FakeGoogleOptions {
  /** Milliseconds since 1970. [the system's] */
  readonly now?: () => number
  /** Speaks TLS then, as clients demand that cannot be told another address. */
  readonly tls?: Certificate
}

/**
 * Starts it on the loopback, empty.
 *
 * @example
 * ```ts
 * const google = await fakeGoogle()
 * const token = google.tokens.issue({ clientId: 'shop' })
 * google.server.fail(({ method }) => (method === 'POST' ? refusal('storageQuotaExceeded') : undefined))
 * ```
 */
export async function fakeGoogle({ now = Date.now, tls }: FakeGoogleOptions = {}): Promise<FakeGoogle> {
  const store = storeOf(now)
  const tokens = tokenServer(now)
  const limits = budget(store)
  const uploads = uploadsOf(store, limits)
  const handle = (incoming: Incoming): Answer => answer({ store, tokens, budget: limits, uploads }, incoming)
  const server = await fakeServer(handle, tls)
  const doors: FakeServer[] = []
  return {
    server,
    store,
    tokens,
    uploads,
    rootUrl: `${server.origin}/`,
    async plainDoor() {
      const door = await fakeServer(handle)
      doors.push(door)
      return `${door.origin}/`
    },
    async close() {
      for (const each of [server, ...doors]) await each.close()
    },
  }
}
