import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backup, type BackupEvent, BackupError, type BackupProvider, createBackup, rawKey } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { local } from '@backup/local'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { driveAccount, oneDriveAccount } from './accounts.ts'
import { booksIn, openShop, pageBytes } from './shop.ts'

/** Years of bad luck in one run: a disk, Google Drive and OneDrive, of which two must confirm what counts as backed up. */

const backups = 200
const throttled = { from: 40, until: 60 }
const dead = { from: 80, until: 150 }
const flipAfter = 120

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'backup-disaster-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

test('200 backups outlive a throttled, a dying and a lying provider, and any single one restores them all', async () => {
  const shop = openShop(join(folder, 'books'))
  const [drive, oneDrive] = [await driveAccount(), await oneDriveAccount()]
  const disk = join(folder, 'disk')
  const log: BackupEvent[] = []
  const open = (providers: readonly BackupProvider[], state: string): Backup =>
    createBackup({
      source: pageFile(shop.file, { pageBytes }),
      providers,
      keys: rawKey(new Uint8Array(32).fill(7)),
      copies: { required: Math.min(2, providers.length) },
      state: join(folder, state),
      workers: 0,
      notify: [{ contract: 1, name: 'log', notify: async (event) => void log.push(event) }],
    })
  const all = { disk: local(disk), drive: drive.provider(), oneDrive: oneDrive.provider() }
  const backup = open(Object.values(all), 'state')
  await whileTransient(() => backup.init())

  const books = new Map<string, string>()
  for (let number = 1; number <= backups; number++) {
    shop.sell()
    if (number === throttled.from) drive.cloud.server.fail(everyFortieth(tooManyRequests))
    if (number === throttled.until) drive.cloud.server.fail(() => undefined)
    // In the middle of a backup: some requests are still answered.
    if (number === dead.from) oneDrive.cloud.server.fail(after(2, 'reset'))
    if (number === dead.until) {
      await untilGivenUp(backup, all.oneDrive.location)
      oneDrive.cloud.server.fail(() => undefined)
    }

    const { id, state } = await backup.run()
    books.set(id, shop.books())
    expect(state).not.toBe('partial')

    if (number === flipAfter) await flipBit(disk)
  }

  // Somebody looks whether everything is in order. The damage is met, and mended.
  expect((await backup.verify({ depth: 'data' })).ok).toBe(true)
  // The one that was dead has come back, and has everything again.
  expect(await backup.sync()).toMatchObject([{ waiting: 0 }, { waiting: 0 }, { waiting: 0 }])
  expect(new Set((await backup.snapshots()).map(({ state }) => state))).toEqual(new Set(['replicated']))
  await backup.close()

  // The log says who did what.
  const [away, ...rest] = log.flatMap((event) => (event.type === 'provider-away' || event.type === 'provider-back' ? [event] : []))
  expect(away).toMatchObject({ type: 'provider-away', location: all.oneDrive.location, reason: { kind: 'transient' } })
  expect(rest.at(-1)).toMatchObject({ type: 'provider-back', location: all.oneDrive.location })
  expect(rest.filter(({ location }) => location !== all.oneDrive.location)).toEqual([])
  const healed = log.flatMap((event) => (event.type === 'copy-healed' ? [event] : []))
  expect(healed).toMatchObject([{ location: all.disk.location, key: expect.stringMatching(/^packs\//) }])
  const later = log.filter((event) => event.type === 'copy-delivered' && event.location === all.oneDrive.location)
  expect(later.length).toBeGreaterThan(dead.until - dead.from)
  const slowed = log.filter((event) => event.type === 'retry' && event.reason.includes('fewer requests'))
  expect(slowed.length).toBeGreaterThan(0)
  expect(log.filter((event) => event.type === 'run-error')).toEqual([])

  // Any single survivor restores every snapshot, on a machine that knows nothing.
  const survivors = { disk: local(disk), drive: drive.provider(), oneDrive: oneDrive.provider() }
  for (const [name, provider] of Object.entries(survivors)) {
    const survivor = open([provider], `alone-${name}`)
    expect((await survivor.snapshots()).map(({ id }) => id)).toEqual([...books.keys()])
    const to = join(folder, `${name}-restored`)
    for (const [id, expected] of books) {
      await survivor.restore(id, { to, overwrite: true })
      expect(booksIn(to)).toBe(expected)
    }
    expect((await survivor.verify({ depth: 'data' })).ok).toBe(true)
    await survivor.close()
  }
  await drive.close()
  await oneDrive.close()
}, 600_000)

/** On a busy machine an account may take longer to be set up than others wait for a sign of life. */
async function whileTransient(work: () => Promise<unknown>): Promise<void> {
  for (let left = 5; ; left--) {
    try {
      return void (await work())
    } catch (error) {
      if (left === 0 || !BackupError.is(error, 'transient')) throw error
    }
  }
}

/** A backup takes milliseconds here, and to give somebody up takes seconds. */
async function untilGivenUp(backup: Backup, wanted: string): Promise<void> {
  const isAway = async (): Promise<boolean> =>
    (await backup.copies()).some(({ location, problem }) => location === wanted && problem !== undefined)
  while (!(await isAway())) await new Promise((resolve) => setTimeout(resolve, 50))
}

const tooManyRequests = {
  status: 429,
  headers: { 'retry-after': '1' },
  body: { error: { code: 429, message: 'Slow down.', errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded' }] } },
}

function everyFortieth<T>(fault: T): () => T | undefined {
  let requests = 0
  return () => (++requests % 40 === 0 ? fault : undefined)
}

function after<T>(answered: number, fault: T): () => T | undefined {
  let left = answered
  return () => (left-- > 0 ? undefined : fault)
}

/** In the middle of the pack that comes first. The disk says nothing. */
async function flipBit(disk: string): Promise<void> {
  const packs = join(disk, 'packs')
  const [shard = ''] = (await readdir(packs)).sort()
  const [name = ''] = (await readdir(join(packs, shard))).sort()
  const file = join(packs, shard, name)
  const bytes = await readFile(file)
  bytes[bytes.length >> 1]! ^= 1
  // Objects may not be written to.
  await rm(file)
  await writeFile(file, bytes)
}
