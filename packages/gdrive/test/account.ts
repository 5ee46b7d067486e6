import { fakeGoogle, type FakeGoogle, type FakeGoogleOptions } from '@backup-internal/fakes/google'
import { google as googleIssuer, memoryTokenStore, tokenSource, type TokenSource } from '@backup/oauth'
import type { GdriveOptions } from '../src/index.ts'

export const clientId = 'shop.apps.googleusercontent.com'

/** An account of the fake, and a client that has signed in to it. */
export interface Account extends AsyncDisposable {
  readonly google: FakeGoogle
  readonly options: GdriveOptions
  /** Turns the clock of Google and of the client. */
  pass(ms: number): void
  /** Turns only the clock of the client. */
  skew(ms: number): void
  close(): Promise<void>
}

export async function account(
  more: Partial<GdriveOptions> = {},
  { tls }: Pick<FakeGoogleOptions, 'tls'> = {},
): Promise<Account> {
  let passedMs = 0
  let skewMs = 0
  const now = (): number => Date.now() + passedMs
  const clock = (): Date => new Date(now() + skewMs)
  const google = await fakeGoogle({ now, ...(tls && { tls }) })
  const auth = signedIn(google, clock)
  return {
    google,
    options: {
      auth,
      account: 'owner@example.com',
      folder: 'Backups/shop',
      rootUrl: google.rootUrl,
      clock,
      ...more,
    },
    pass: (ms) => void (passedMs += ms),
    skew: (ms) => void (skewMs = ms),
    close: () => google.close(),
    [Symbol.asyncDispose]: () => google.close(),
  }
}

/** The tokens of somebody who signed in a moment ago. */
export function signedIn(google: FakeGoogle, clock: () => Date, client: string = clientId): TokenSource {
  const at = clock().getTime()
  const store = memoryTokenStore({
    accessToken: google.tokens.issue({ clientId: client }),
    refreshToken: google.tokens.signIn({ clientId: client }),
    issuedAt: at,
    expiresAt: at + 3_600_000,
    scopes: googleIssuer.scopes,
  })
  const issuer = { ...googleIssuer, tokenEndpoint: `${google.server.origin}/token` }
  return tokenSource({ issuer, clientId: client, clientSecret: 'of-a-desktop-application', store, clock })
}
