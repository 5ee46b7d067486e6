import { providerSuite, type FixtureFault, type ProviderFixture } from '@backup/core/testing'
import { refusal, type FakeGoogle } from '@backup-internal/fakes/google'
import { describe, test } from 'vitest'
import { gdrive, type GdriveOptions } from '../src/index.ts'
import { account } from './account.ts'
import { litter } from './litter.ts'

/** The fake keeps what it is sent in this process: the chunks, and what they make. memory.test.ts measures without it. */
const heldBytesPerPut = 32 * 1024 * 1024 + 2 * 33 * 1024 * 1024
const sharedDrive = '0AFakeSharedDrive'

describe('a folder of My Drive keeps the contract', () => {
  providerSuite({ describe, test }, () => fixture({}), { timeoutMs: 120_000, heldBytesPerPut })
})

describe('a folder of a shared drive keeps the contract', () => {
  const slow = { 'lists every one of many objects exactly once, under every prefix': 'My Drive does it above' }
  providerSuite({ describe, test }, () => fixture({ sharedDrive }), { off: slow, heldBytesPerPut })
})

async function fixture(more: Partial<GdriveOptions>): Promise<ProviderFixture> {
  const { google, options, close } = await account(more)
  google.store.sharedDrives.set(sharedDrive, 'Backups of the shop')
  const { server } = google
  return {
    provider: gdrive(options),
    second: () => gdrive(options),
    requests: () => server.arrived.length,
    litter: () => litter(google, options),
    inject(fault) {
      const before = server.faults()
      faults[fault](google)
      return { happened: () => server.faults() - before }
    },
    dispose: close,
  }
}

const faults: Readonly<Record<FixtureFault, (google: FakeGoogle) => void>> = {
  full: ({ server }) =>
    server.fail(({ method, url }) =>
      method === 'POST' && url.pathname.startsWith('/upload/') ? refusal('storageQuotaExceeded') : undefined,
    ),
  denied: ({ server }) => server.fail(() => refusal('insufficientFilePermissions')),
  unreachable: ({ server }) => server.fail(() => 'reset'),
  cut: ({ server }) =>
    server.fail(({ url }) => (url.searchParams.get('alt') === 'media' ? { cut: 50_000 } : undefined)),
}
