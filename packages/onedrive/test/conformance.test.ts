import type { AccountKind } from '@backup-internal/fakes/microsoft'
import { providerSuite, type FixtureFault, type ProviderFixture } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { oneDrive, type OneDriveOptions } from '../src/index.ts'
import { account, signedIn, type Account } from './account.ts'

/** The fake holds in this process what it is sent, and its parts once more until the last of them has come. */
const heldBytesPerPut = 160 * 1024 * 1024

describe.each<readonly [string, AccountKind, Partial<OneDriveOptions>, number]>([
  ['the folder of the application in a personal drive', 'personal', {}, 5_000],
  ['a path in a drive of Business', 'business', { drive: 'whole', folder: 'Shops/Berlin #1 (50 %)' }, 1_200],
])('%s keeps the contract:', (_, kind, options, listedObjects) => {
  providerSuite({ describe, test }, () => fixture(kind, options), { listedObjects, heldBytesPerPut })
})

async function fixture(kind: AccountKind, options: Partial<OneDriveOptions>): Promise<ProviderFixture> {
  const own = await account({ kind }, options)
  const { fake } = own
  return {
    provider: oneDrive(own.options),
    second: async () => oneDrive({ ...own.options, auth: await signedIn(fake) }),
    requests: () => fake.server.arrived.length,
    litter: async () => litter(own),
    async inject(fault) {
      const before = fake.server.faults()
      const refusals = faults[fault](own)
      return { happened: () => (refusals?.() ?? 0) + fake.server.faults() - before }
    },
    dispose: async () => own[Symbol.asyncDispose](),
  }
}

/** Each says how often it happened, where it is not a fault of the wire, which is counted there. */
const faults: Readonly<Record<FixtureFault, (account: Account) => (() => number) | void>> = {
  full({ fake }) {
    fake.quota.total = fake.quota.used() + 50_000
    const before = fake.server.arrived.length
    return () => fake.server.arrived.length - before
  },
  denied({ fake }) {
    fake.switches.suspended = true
    const before = fake.server.arrived.length
    return () => fake.server.arrived.length - before
  },
  unreachable({ fake }) {
    fake.server.fail(() => 'reset')
  },
  cut({ fake }) {
    fake.server.fail(({ url }) => (url.pathname.startsWith('/download/') ? { cut: 10_000 } : undefined))
  },
}

/** What other programs leave beside our folder and in it. */
function litter({ fake, options }: Account): void {
  const { items } = fake
  const start = options.drive === 'whole' ? items.root : items.approot()
  const folder = items.folders(start, (options.folder ?? 'backup').split('/')) ?? start
  const inside = [
    'readme.txt',
    '.DS_Store',
    'packs/Thumbs.db',
    'packs/00/ours.PART',
    'packs/00/ours copy',
    'packs/00/ours=upload-0a0b0c',
    'packs/00/folder/deeper',
    'packs/notes',
    'Other Folder/00/theirs',
  ]
  const outside = ['packs/00/of-nobody', 'backup-2/packs/00/theirs']
  const write = (from: typeof folder, path: string): void => {
    const names = path.split('/')
    const parent = items.folders(from, names.slice(0, -1))
    if (parent) items.write(parent, names.at(-1) ?? '', Buffer.from('not ours'))
  }
  for (const path of inside) write(folder, path)
  for (const path of outside) write(start, path)
}
