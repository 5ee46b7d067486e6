import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { type FakeGoogle, fakeGoogle } from '@backup-internal/fakes/google'
import { type FakeMicrosoft, fakeMicrosoft } from '@backup-internal/fakes/microsoft'
import { type Certificate, certificate } from '@backup-internal/fakes/wire'
import type { BackupProvider } from '@backup/core'
import { gdrive } from '@backup/gdrive'
import { google, microsoft } from '@backup/oauth'
import { onedrive } from '@backup/onedrive'
import { onTestFinished } from 'vitest'
import type { Vendors } from '../backup/vendors.ts'

export interface FakeVendors {
  readonly vendors: Vendors
  readonly google: FakeGoogle
  readonly microsoft: FakeMicrosoft
}

/** Google and Microsoft on this machine: people who sign in there agree at once. */
export async function fakeVendors(): Promise<FakeVendors> {
  const drive = await fakeGoogle()
  const tls = await (trusted ??= trust())
  const graph = await fakeMicrosoft({ tls })
  onTestFinished(() => Promise.all([drive.close(), graph.server.close()]).then(() => {}))
  const { revocationEndpoint: _, ...withoutRevocation } = google
  return {
    google: drive,
    microsoft: graph,
    vendors: {
      google: {
        issuer: { ...withoutRevocation, authorizationEndpoint: `${drive.server.origin}/o/oauth2/v2/auth`, tokenEndpoint: `${drive.server.origin}/token` },
        provider: (auth) => listsAtOnce(gdrive({ auth, folder: 'Backups/iron-store', account: 'iron-store', rootUrl: drive.rootUrl })),
      },
      microsoft: {
        issuer: { ...microsoft, authorizationEndpoint: graph.tokenUrl.replace(/token$/, 'authorize'), tokenEndpoint: graph.tokenUrl },
        provider: (auth) => listsAtOnce(onedrive({ auth, folder: 'iron-store', graphUrl: graph.server.origin })),
      },
    },
  }
}

/** One for all tests of a process: of two with the same name, the first is taken. */
let trusted: Promise<Certificate> | undefined

async function trust(): Promise<Certificate> {
  const made = await certificate()
  setDefaultCACertificates([...getCACertificates('default'), made.cert])
  return made
}

/** Here nothing lags, so nobody need wait for listings. */
function listsAtOnce(provider: BackupProvider): BackupProvider {
  return { ...provider, capabilities: { ...provider.capabilities, listLagMs: 0 } }
}
