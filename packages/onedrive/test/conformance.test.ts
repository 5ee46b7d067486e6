import type { AccountKind, FakeMicrosoft, Item } from '@backup-internal/fakes/microsoft'
import { onTheWire } from '@backup-internal/fakes/wire'
import { providerSuite, type FixtureFault, type ProviderFixture } from '@backup/core/testing'
import { describe, test } from 'vitest'
import { onedrive, type OneDriveOptions } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { faults } from './faults.ts'
import { part, withSmallParts } from './uploads.ts'

/** The fake is in this process, too: it holds what it is sent, and the parts until the last has come. */
const heldBytesPerPut = 160 * 1024 * 1024

const without = {
  'daily-limit': 'OneDrive has none',
  duplicates: 'names in a folder of OneDrive are unique',
  othersUploads: 'a session is known to whoever has its address alone, and ends by itself',
}
const slow = {
  'lists every one of many objects exactly once, under every prefix': 'a personal drive does it above',
  ...onTheWire('a personal drive does it above'),
}

// Pages have three entries, and every shard has some of these.
const large = { heldBytesPerPut, listedObjects: 1_000, timeoutMs: 300_000, without }

describe('the folder of the application in a personal drive keeps the contract:', () => {
  providerSuite({ describe, test }, () => fixture('personal', onedrive, 10 * 1024 * 1024), large)
})

describe('a path in a drive of Business keeps the contract, in small parts:', () => {
  const options = { drive: 'whole', folder: 'Shops/Berlin #1 (50 %)' } as const
  const place = (): Promise<ProviderFixture> => fixture('business', withSmallParts, part, options)
  providerSuite({ describe, test }, place, { ...large, off: slow })
})

async function fixture(
  kind: AccountKind,
  make: typeof onedrive,
  chunkBytes: number,
  options: Partial<OneDriveOptions> = {},
): Promise<ProviderFixture> {
  // The time of the service, whatever a test does to the clock of this machine.
  const start = Date.now() - performance.now()
  let passedMs = 0
  const own = await account({ kind, now: () => start + performance.now() + passedMs }, options)
  const { fake } = own
  // So that the shards of a small listing have several pages too.
  fake.listing.largestPage = 3
  const isOurs = ({ parent, name }: Item): boolean =>
    name === placeOf(own).name || (!!parent && isOurs(parent))
  return {
    provider: { ...make(own.options), close: () => hangUp(fake) },
    second: () => make({ ...own.options, auth: own.process() }),
    requests: () => fake.server.arrived.length,
    litter: async () => litter(own),
    faults: Object.keys(faults) as FixtureFault[],
    inject: (fault) => faults[fault]?.(own) ?? { happened: () => 0 },
    pass: async (ms) => void (passedMs += ms),
    sentBytes: () => fake.sessions.sentBytes(),
    leftovers: async () => fake.sessions.alive().filter(({ target }) => isOurs(target.parent)).length,
    refreshes: () => fake.signIn.refreshes(),
    chunkBytes,
    dispose: async () => own[Symbol.asyncDispose](),
  }
}

/** The far ends of all connections are in this process too, and wait for more; some are just being made. */
async function hangUp({ server }: FakeMicrosoft): Promise<void> {
  server.hangUp()
  await new Promise((resolve) => setTimeout(resolve, 100))
  server.hangUp()
}

function placeOf({ fake, options }: Account): Item {
  const { items } = fake
  const start = options.drive === 'whole' ? items.root : items.approot()
  return items.folders(start, (options.folder ?? 'backup').split('/')) ?? start
}

/** What other programs leave beside our folder and in it. */
function litter(account: Account): void {
  const { items } = account.fake
  const place = placeOf(account)
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
  const write = (from: Item, path: string): void => {
    const names = path.split('/')
    const parent = items.folders(from, names.slice(0, -1))
    if (parent) items.write(parent, names.at(-1) ?? '', Buffer.from('not ours'))
  }
  for (const path of inside) write(place, path)
  for (const path of outside) write(place.parent ?? place, path)
}
