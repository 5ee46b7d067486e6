import { fakeGoogle, type FakeGoogle, type FakeGoogleOptions } from '@backup-internal/fakes/google'
import type { TokenSource } from '@backup/oauth'
import type { GdriveOptions } from '../src/index.ts'

export const clientId = 'shop.apps.googleusercontent.com'

/** An account of the fake with a client that has signed in to it. */
export interface Account extends AsyncDisposable {
  readonly google: FakeGoogle
  readonly options: GdriveOptions
  /** The tokens that were handed to the provider. */
  readonly handed: string[]
  close(): Promise<void>
}

export async function account(
  more: Partial<GdriveOptions> = {},
  options: FakeGoogleOptions = {},
): Promise<Account> {
  const google = await fakeGoogle(options)
  const handed: string[] = []
  const auth = tokensOf(google, handed)
  return {
    google,
    handed,
    options: { auth, account: 'owner@example.com', folder: 'Backups/shop', rootUrl: google.rootUrl, ...more },
    close: () => google.close(),
    [Symbol.asyncDispose]: () => google.close(),
  }
}

/** Keeps a token until a server rejects it, as `tokenSource` does. */
export function tokensOf(google: FakeGoogle, handed: string[] = [], client: string = clientId): TokenSource {
  let current: string | undefined
  return {
    async accessToken({ rejected } = {}) {
      if (current === undefined || current === rejected) {
        current = google.tokens.issue({ clientId: client })
        handed.push(current)
      }
      return current
    },
  }
}
