import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fakeGoogle, type FakeGoogle } from '@backup-internal/fakes/google'
import { fakeMicrosoft, type FakeMicrosoft } from '@backup-internal/fakes/microsoft'
import { certificate } from '@backup-internal/fakes/wire'
import type { BackupProvider } from '@backup/core'
import { gdrive } from '@backup/gdrive'
import { google, memoryTokenStore, microsoft, tokenSource } from '@backup/oauth'
import { onedrive } from '@backup/onedrive'

/** An account in a cloud, and clients of it that are signed in. */
export interface Account<Cloud> {
  readonly cloud: Cloud
  provider(): BackupProvider
  close(): Promise<void>
}

const account = 'owner@example.com'
const clientId = 'shop.apps.example.com'
const life = (): { issuedAt: number; expiresAt: number } => ({ issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 })

export async function driveAccount(): Promise<Account<FakeGoogle>> {
  const cloud = await fakeGoogle()
  const store = memoryTokenStore({
    accessToken: cloud.tokens.issue({ clientId }),
    refreshToken: cloud.tokens.signIn({ clientId }),
    scopes: google.scopes,
    ...life(),
  })
  const issuer = { ...google, tokenEndpoint: `${cloud.server.origin}/token` }
  const auth = tokenSource({ issuer, clientId, clientSecret: 'of-a-desktop-application', store })
  const options = { auth, account, folder: 'Backups/shop', rootUrl: cloud.rootUrl }
  return { cloud, provider: () => listsAtOnce(gdrive(options)), close: () => cloud.close() }
}

export async function oneDriveAccount(): Promise<Account<FakeMicrosoft>> {
  const tls = await certificate()
  setDefaultCACertificates([...getCACertificates('default'), tls.cert])
  const cloud = await fakeMicrosoft({ tls })
  const store = memoryTokenStore({ ...cloud.signIn.grant(), scopes: ['Files.ReadWrite.AppFolder'], ...life() })
  const auth = tokenSource({ issuer: { ...microsoft, tokenEndpoint: cloud.tokenUrl }, clientId, store, account })
  return { cloud, provider: () => listsAtOnce(onedrive({ auth, graphUrl: cloud.server.origin })), close: () => cloud.server.close() }
}

/** Here nothing lags, so nobody need wait for listings. */
function listsAtOnce(provider: BackupProvider): BackupProvider {
  return { ...provider, capabilities: { ...provider.capabilities, listLagMs: 0 } }
}
