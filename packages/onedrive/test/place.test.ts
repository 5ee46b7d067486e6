import type { AccountKind, FakeMicrosoft, Item } from '@backup-internal/fakes/microsoft'
import { createBackup, rawKey, type BackupProvider } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { onedrive } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { failure } from './failure.ts'

const key = 'packs/0a/0a01'

const appFolder = ({ items }: FakeMicrosoft): Item => items.approot()
const place = ({ items }: FakeMicrosoft): Item => items.at(items.approot(), ['backup']) as Item

async function opened(own: Account): Promise<BackupProvider> {
  const provider = onedrive(own.options)
  await provider.open({ create: true })
  await provider.put(key, Buffer.from('bytes'))
  return provider
}

describe('the folder', () => {
  test('may be renamed and moved by its user, with that of the application, while it is used', async () => {
    await using own = await account()
    const provider = await opened(own)
    const { items } = own.fake
    items.move(appFolder(own.fake), items.folders(items.root, ['My things']) as Item, 'Renamed')
    await provider.put('packs/0a/0a02', Buffer.from('more'))
    expect(Buffer.from(await provider.get(key)).toString()).toBe('bytes')
    // And by a program that starts afterwards.
    const late = onedrive(own.options)
    await late.open({})
    expect((await late.stat('packs/0a/0a02'))?.size).toBe(4)
    items.move(place(own.fake), items.root, 'elsewhere')
    expect((await provider.stat(key))?.size).toBe(5)
  })

  test('that was removed is target-missing, whatever is asked, and never made anew', async () => {
    await using own = await account()
    const provider = await opened(own)
    own.fake.items.remove(place(own.fake))
    const calls = [
      () => provider.put('packs/0a/small', randomBytes(10)),
      () => provider.put('packs/0a/large', randomBytes(5_000_000)),
      () => provider.get(key),
      () => provider.get(key, { range: { offset: 0, length: 1 } }),
      () => provider.get(key, { range: { offset: 0, length: 0 } }),
      () => provider.stat(key),
      () => provider.delete(key),
      async () => provider.list('')[Symbol.asyncIterator]().next(),
      async () => provider.list('packs/0a/')[Symbol.asyncIterator]().next(),
      () => provider.open({}),
      () => onedrive(own.options).stat(key),
    ]
    for (const call of calls) {
      expect(await failure(call())).toMatchObject({
        kind: 'target-missing',
        hint: expect.stringContaining('recycle bin'),
      })
    }
    expect(own.fake.items.files()).toEqual([])
    expect(place(own.fake)).toBeUndefined()
    // The user restores it.
    await provider.open({ create: true })
    await provider.put(key, Buffer.from('bytes'))
    expect(own.fake.items.files().length).toBe(1)
  })

  test('is target-missing when it is a file', async () => {
    await using own = await account()
    own.fake.items.write(appFolder(own.fake), 'backup', Buffer.from('a file'))
    expect((await failure(onedrive(own.options).open({}))).kind).toBe('target-missing')
    expect((await failure(onedrive(own.options).open({ create: true }))).kind).toBe('exists')
    expect(own.fake.items.files().map(({ content }) => content.toString())).toEqual(['a file'])
  })

  test('is made level by level, also by two at the same time', async () => {
    await using own = await account({}, { folder: "shops/Berlin's, Köln & more/north" })
    await Promise.all([0, 1, 2].map(() => onedrive(own.options).open({ create: true })))
    const { items } = own.fake
    const names = ['shops', "Berlin's, Köln & more", 'north']
    expect(items.at(appFolder(own.fake), names)?.children?.size).toBe(0)
    expect(appFolder(own.fake).children?.size).toBe(1)
  })

  test('of another drive is reached by the id of the drive', async () => {
    await using own = await account(
      { kind: 'business' },
      { drive: 'whole', driveId: 'b!Fake-drive_0', folder: 'backups' },
    )
    const provider = await opened(own)
    expect(Buffer.from(await provider.get(key)).toString()).toBe('bytes')
    const paths = own.fake.server.arrived
      .map(({ url }) => url.pathname)
      .filter((path) => path.startsWith('/v1.0/'))
    expect(paths.length).toBeGreaterThan(3)
    expect(paths.filter((path) => !path.startsWith('/v1.0/drives/b!Fake-drive_0/'))).toEqual([])
  })
})

describe('objects', () => {
  test('lie in folders with their own names, so that a plain download restores', async () => {
    await using own = await account()
    const folder = await mkdtemp(join(tmpdir(), 'backup-onedrive-'))
    try {
      const [source, target] = [join(folder, 'source'), join(folder, 'target')]
      await writeFile(source, randomBytes(3_000_000))
      const backup = createBackup({
        source: pageFile(source),
        // The fake shows at once what it has; making a repository would wait for more.
        providers: [{ ...onedrive(own.options), capabilities: { listLagMs: 0 } }],
        keys: rawKey(new Uint8Array(32).fill(7)),
        state: join(folder, 'state'),
      })
      await backup.init()
      await backup.run()
      await backup.restore('latest', { to: target })
      await backup.close()
      expect(Buffer.compare(await readFile(target), await readFile(source))).toBe(0)
      const classes = [...(place(own.fake).children?.values() ?? [])].map(({ name }) => name)
      expect(classes).toEqual(expect.arrayContaining(['commits', 'format', 'packs', 'restore', 'slots']))
      expect(own.fake.items.files().filter(({ name }) => name.includes('='))).toEqual([])
      expect(own.fake.leaks()).toBe(0)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test.each<AccountKind>(['personal', 'business'])(
    'are stored once: no second version on %s',
    async (kind) => {
      await using own = await account({ kind })
      const provider = await opened(own)
      await provider.put(key, Buffer.from('bytes'))
      await provider.put('packs/0a/large', randomBytes(5_000_000))
      expect(own.fake.items.files().map(({ versions }) => versions)).toEqual([1, 1])
      const changes = own.fake.server.arrived.filter(({ method }) => method === 'PATCH')
      expect(changes).toEqual([])
    },
  )

  test('cost three requests to put and two to get', async () => {
    await using own = await account()
    const provider = await opened(own)
    const counted = async (work: () => Promise<unknown>): Promise<number> => {
      const before = own.fake.server.arrived.length
      await work()
      return own.fake.server.arrived.length - before
    }
    expect(await counted(() => provider.put('packs/0a/new', randomBytes(10)))).toBe(3)
    expect(await counted(() => provider.get(key))).toBe(2)
    expect(await counted(() => provider.get(key, { range: { offset: 1, length: 2 } }))).toBe(2)
    expect(await counted(() => provider.stat(key))).toBe(1)
    expect(await counted(() => provider.delete(key))).toBe(1)
  })
})

describe('usage', () => {
  test('is that of the drive', async () => {
    await using own = await account({ totalBytes: 1_000_000 })
    const provider = await opened(own)
    await provider.put('packs/0a/more', randomBytes(899_995))
    expect(await provider.usage?.()).toEqual({
      usedBytes: 900_000,
      freeBytes: 100_000,
      totalBytes: 1_000_000,
    })
  })

  test('of a drive that is over its quota has nothing free, and a put is refused as quota', async () => {
    await using own = await account({ totalBytes: 1_000_000 })
    const provider = await opened(own)
    own.fake.quota.total = 3
    expect(own.fake.quota.show().state).toBe('exceeded')
    expect(await provider.usage?.()).toMatchObject({ freeBytes: 0, usedBytes: 5 })
    expect((await failure(provider.put('packs/0a/more', randomBytes(1)))).kind).toBe('quota')
    expect(Buffer.from(await provider.get(key)).toString()).toBe('bytes')
  })

  test('is unknown to who may see the folder of the application alone, and refused elsewhere', async () => {
    await using own = await account()
    const provider = await opened(own)
    own.fake.switches.suspended = true
    expect(await provider.usage?.()).toEqual({})
    const whole = onedrive({ ...own.options, drive: 'whole', folder: 'backups' })
    expect(await failure(whole.usage?.() ?? Promise.resolve())).toMatchObject({ kind: 'auth' })
  })
})
