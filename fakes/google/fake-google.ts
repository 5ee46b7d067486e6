import { fakeServer, type Certificate, type FakeServer } from '../wire/index.ts'
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
  const server = await fakeServer((incoming) => answer({ store, tokens, budget: limits, uploads }, incoming), tls)
  return { server, store, tokens, uploads, rootUrl: `${server.origin}/`, close: () => server.close() }
}
