import type { BackupProvider } from '@backup/core'
import { all } from './all.ts'
import { describe, expect, test } from 'vitest'
import { onedrive } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { failure } from './failure.ts'

const keys = ['packs/00/a', 'packs/00/b', 'packs/00/c', 'packs/01/a', 'commits/203101/one']

async function filled(own: Account): Promise<BackupProvider> {
  const provider = onedrive(own.options)
  await provider.open({ create: true })
  for (const key of keys) await provider.put(key, Buffer.from(key))
  return provider
}

const keysOf = async (provider: BackupProvider, prefix = ''): Promise<string[]> =>
  (await all(provider.list(prefix))).map(({ key }) => key).sort()

test('shows sizes and times', async () => {
  await using own = await account()
  const provider = await filled(own)
  const [object] = await all(provider.list('commits/'))
  expect(object).toMatchObject({ key: 'commits/203101/one', size: 18 })
  expect(Math.abs((object?.modifiedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000)
})

test('goes on from page to page', async () => {
  await using own = await account()
  const provider = await filled(own)
  own.fake.listing.largestPage = 1
  expect(await keysOf(provider)).toEqual(keys.toSorted())
  expect(own.fake.server.arrived.filter(({ url }) => url.searchParams.has('$skiptoken')).length).toBe(4)
})

test('reads no folder that cannot hold what is asked for', async () => {
  await using own = await account()
  const provider = await filled(own)
  const before = own.fake.server.arrived.length
  expect(await keysOf(provider, 'packs/00/')).toEqual(keys.slice(0, 3))
  expect(own.fake.server.arrived.length - before).toBe(1)
  expect(await keysOf(provider, 'packs/00/b')).toEqual(['packs/00/b'])
  expect(own.fake.server.arrived.length - before).toBe(2)
  expect(await keysOf(provider, 'packs/0')).toEqual(keys.slice(0, 4))
  expect(own.fake.server.arrived.length - before).toBe(5)
})

test('finds what lies in folders whose case somebody has changed', async () => {
  await using own = await account()
  const provider = await filled(own)
  const { items } = own.fake
  const packs = items.at(items.approot(), ['backup', 'packs'])
  if (packs?.parent) items.move(packs, packs.parent, 'Packs')
  expect(await keysOf(provider)).toEqual(keys.toSorted())
})

describe('a next link', () => {
  test.each(['https://evil.example/v1.0/me/drive', 'http://127.0.0.1/', '//x', '/v1.0/me', 'no link'])(
    'to %s is not followed, so that no token goes there',
    async (link) => {
      await using own = await account()
      const provider = await filled(own)
      own.fake.listing.strayLink = link
      const before = own.fake.server.arrived.length
      expect((await failure(all(provider.list('packs/00/')))).kind).toBe('permanent')
      expect(own.fake.server.arrived.length - before).toBe(1)
    },
  )

  test('that leads to where it came from is not followed for ever', async () => {
    await using own = await account()
    const provider = await filled(own)
    own.fake.listing.endless = true
    const before = own.fake.server.arrived.length
    expect((await failure(all(provider.list('packs/00/')))).kind).toBe('transient')
    expect(own.fake.server.arrived.length - before).toBeLessThanOrEqual(2)
  })
})

test('never reads more than four folders at the same time', async () => {
  await using own = await account()
  const provider = await filled(own)
  for (let at = 2; at < 20; at++)
    await provider.put(`packs/${String(at).padStart(2, '0')}/a`, Buffer.from('x'))
  const before = own.fake.server.arrived.length
  const listing = provider.list('packs/')[Symbol.asyncIterator]()
  await listing.next()
  await new Promise((resolve) => setTimeout(resolve, 100))
  // Its own folder, and as many as may be read ahead.
  expect(own.fake.server.arrived.length - before).toBeLessThanOrEqual(1 + 4)
  await listing.return?.()
})

describe('a folder that goes away', () => {
  test('before it is read, or between its pages, ends the listing: a part is not all', async () => {
    await using own = await account()
    const provider = await filled(own)
    own.fake.listing.largestPage = 1
    const gone = { status: 404, body: { error: { code: 'itemNotFound' } } }
    for (const isIt of [
      (url: URL) => url.pathname.endsWith('/packs/00:/children'),
      (url: URL) => url.searchParams.has('$skiptoken'),
      (url: URL) => url.pathname.endsWith('/packs:/children'),
    ]) {
      const before = own.fake.server.faults()
      own.fake.server.fail(({ url }) => (isIt(url) ? gone : undefined))
      expect((await failure(all(provider.list('')))).kind).toBe('transient')
      expect(own.fake.server.faults()).toBeGreaterThan(before)
    }
  })

  test('is empty when it was never seen', async () => {
    await using own = await account()
    const provider = await filled(own)
    expect(await keysOf(provider, 'nothing/')).toEqual([])
    expect(await keysOf(provider, 'packs/ff/')).toEqual([])
    expect(await keysOf(provider, 'packs/ff/x')).toEqual([])
  })
})
