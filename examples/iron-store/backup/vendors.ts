import { join } from 'node:path'
import { BackupError, type BackupProvider } from '@backup/core'
import { gdrive } from '@backup/gdrive'
import { type Issuer, type TokenSource, type TokenStore, type WebAccount, fileTokenStore, google, microsoft, webAccount } from '@backup/oauth'
import { onedrive } from '@backup/onedrive'
import type { MachineKey } from './machine-key.ts'
import type { Settings, VendorName } from './settings.ts'

/** Whom one signs in with, and where the files go then. Tests have others. */
export type Vendors = Readonly<Record<VendorName, { readonly issuer: Issuer; provider(auth: TokenSource): BackupProvider }>>

export const realVendors: Vendors = {
  google: { issuer: google, provider: (auth) => gdrive({ auth, folder: 'Backups/iron-store', account: 'iron-store' }) },
  microsoft: { issuer: microsoft, provider: (auth) => onedrive({ auth, folder: 'iron-store' }) },
}

/** An account that is connected and disconnected in the settings, and the provider behind it. */
export interface Cloud {
  readonly name: VendorName
  readonly account: WebAccount
  readonly provider: BackupProvider
}

export interface CloudsOptions {
  readonly vendors: Vendors
  readonly settings: Settings
  readonly folder: string
  readonly key: MachineKey
  /** Of this program; browsers come back here when somebody has signed in. */
  readonly port: number
}

/** Those of which there is a client id. Sign-ins are kept on this machine, encrypted. */
export function clouds({ vendors, settings, folder, key, port }: CloudsOptions): readonly Cloud[] {
  return (['google', 'microsoft'] as const).flatMap((name) => {
    const client = settings[name]
    if (!client) return []
    const { issuer, provider } = vendors[name]
    // The host is the one that the vendor takes with any port, for programs on the user's own machine (RFC 8252, section 7.3).
    const redirectUrl = `http://${issuer.loopbackHost}:${port}/api/backup/oauth/callback`
    const store = ofThisKey(fileTokenStore(join(folder, `${name}.tokens`), { key: key.tokens }))
    const account = webAccount({ issuer, ...client, store, redirectUrl })
    return [{ name, account, provider: provider(account.tokens) }]
  })
}

/** A sign-in that another key of this machine sealed is none: somebody signs in anew, and is not stopped by an error. */
function ofThisKey(store: TokenStore): TokenStore {
  return {
    ...store,
    read: () =>
      store.read().catch((error: unknown) => {
        if (BackupError.is(error, 'key')) return undefined
        throw error
      }),
  }
}
