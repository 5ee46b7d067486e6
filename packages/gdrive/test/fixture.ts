import type { FixtureFault, ProviderFixture } from '@backup/core/testing'
import { gdrive, type GdriveOptions } from '../src/index.ts'
import { account, clientId } from './account.ts'
import { faults, inject } from './faults.ts'
import { litter, othersClientId } from './litter.ts'

export const sharedDrive = '0AFakeSharedDrive'

/** A place in the fake that nobody has used, for the suite of core. */
export async function fixture(more: Partial<GdriveOptions>): Promise<ProviderFixture> {
  const one = await account(more)
  const { google, options } = one
  google.store.sharedDrives.set(sharedDrive, 'Backups of the shop')
  return {
    provider: gdrive(options),
    second: () => gdrive(options),
    faults: Object.keys(faults) as FixtureFault[],
    inject: (fault) => inject(fault, one),
    litter: () => litter(google, options),
    requests: () => google.server.arrived.length,
    pass: async (ms) => one.pass(ms),
    sentBytes: () => google.uploads.receivedBytes(),
    leftovers: async () => google.uploads.unfinished(clientId),
    othersUploads: async () => google.uploads.begun(othersClientId),
    refreshes: () => google.tokens.refreshes(),
    chunkBytes: 10 * 1024 * 1024,
    dispose: one.close,
  }
}
