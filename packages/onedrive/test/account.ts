import {
  fakeMicrosoft,
  type FakeMicrosoft,
  type FakeMicrosoftOptions,
} from '@backup-internal/fakes/microsoft'
import { certificate, type Certificate } from '@backup-internal/fakes/wire'
import { memoryTokenStore, microsoft, tokenSource, type TokenSource } from '@backup/oauth'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import type { OneDriveOptions } from '../src/index.ts'

/** Of all fakes in one test file; trusted from now on, by fetch too. */
export const trusted: Certificate = await certificate()
setDefaultCACertificates([...getCACertificates('default'), trusted.cert])

/** An account that somebody has signed in to. */
export interface Account extends AsyncDisposable {
  readonly fake: FakeMicrosoft
  readonly options: OneDriveOptions
  /** A token source as another process makes it from the same file. */
  process(): TokenSource
}

export async function account(
  fakeOptions: Omit<FakeMicrosoftOptions, 'tls'> = {},
  options: Partial<OneDriveOptions> = {},
): Promise<Account> {
  const fake = await fakeMicrosoft({ ...fakeOptions, tls: trusted })
  const { accessToken, refreshToken } = fake.signIn.grant()
  const store = memoryTokenStore({
    accessToken,
    refreshToken,
    scopes: ['Files.ReadWrite.AppFolder'],
    issuedAt: Date.now(),
    expiresAt: Date.now() + 3_600_000,
  })
  const issuer = { ...microsoft, tokenEndpoint: fake.tokenUrl }
  const process = (): TokenSource =>
    tokenSource({
      issuer,
      clientId: '00000000-0000-0000-0000-000000000000',
      store,
      account: 'owner@example.com',
    })
  return {
    fake,
    process,
    options: { auth: process(), graphUrl: fake.server.origin, ...options },
    [Symbol.asyncDispose]: () => fake.server.close(),
  }
}
