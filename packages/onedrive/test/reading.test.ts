import { quickXor, refusals } from '@backup-internal/fakes/microsoft'
import type { BackupProvider } from '@backup/core'
import { fakeClock } from '@backup/core/testing'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { onedrive } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { expectNoSecrets, failure } from './failure.ts'

const key = 'packs/0a/0a01'
const body = randomBytes(100_000)
const ranges = [{}, { range: { offset: 10, length: 1_000 } }]

async function filled(own: Account): Promise<BackupProvider> {
  const provider = onedrive(own.options)
  await provider.open({ create: true })
  await provider.put(key, body)
  return provider
}

const isDownload = ({ url }: { url: URL }): boolean => url.pathname.startsWith('/download/')

test('asks Graph for the address, and fetches from there without a token', async () => {
  await using own = await account()
  const provider = await filled(own)
  for (const options of ranges) await provider.get(key, options)
  const downloads = own.fake.server.arrived.filter(isDownload)
  expect(
    downloads.map(({ headers }) => [
      headers.get('authorization'),
      headers.get('range'),
      headers.get('accept-encoding'),
    ]),
  ).toEqual([
    [null, null, 'identity'],
    [null, 'bytes=10-1009', 'identity'],
  ])
  expect(downloads[0]?.url.hostname).toBe('localhost')
  expect(own.fake.leaks()).toBe(0)
})

describe.each(ranges)('a get of %j', (options) => {
  test('asks for another address when one has expired, once', async () => {
    await using own = await account()
    const provider = await filled(own)
    let expired = 0
    own.fake.server.fail((head) =>
      isDownload(head) && expired++ === 0 ? { status: 403, body: 'Link expired' } : undefined,
    )
    const got = await provider.get(key, options)
    expect(got.length).toBe(options.range?.length ?? body.length)
    expect(own.fake.server.faults()).toBe(1)
    own.fake.downloads.lifeMs = 0
    const error = await failure(provider.get(key, options))
    expect(error.kind).toBe('auth')
    expectNoSecrets(error, own.fake)
    expect(own.fake.server.arrived.filter(isDownload).length).toBe(4)
  })

  test('never takes the verdict of a scanner for content', async () => {
    await using own = await account()
    const provider = await filled(own)
    for (const item of own.fake.items.files()) own.fake.downloads.malware.add(item.id)
    const before = own.fake.server.arrived.filter(isDownload).length
    expect(await failure(provider.get(key, options))).toMatchObject({
      kind: 'permanent',
      hint: expect.stringContaining('malware'),
    })
    expect(own.fake.server.arrived.filter(isDownload).length - before).toBe(1)
  })

  test.each(['http://localhost/download/x', 'file:///etc/passwd', 'nonsense', ''])(
    'does not go to %s',
    async (location) => {
      await using own = await account()
      const provider = await filled(own)
      const address = '@microsoft.graph.downloadUrl'
      own.fake.server.fail(({ url }) => {
        if (url.pathname.endsWith('/content')) return { status: 302, headers: { location } }
        const item = { id: 'x', name: '0a01', size: body.length, file: {}, [address]: location }
        return url.searchParams.get('$select')?.includes(address) ? { status: 200, body: item } : undefined
      })
      expect((await failure(provider.get(key, options))).kind).toBe('transient')
      expect(own.fake.server.arrived.filter(isDownload)).toEqual([])
    },
  )

  test('takes as long as it takes while bytes come, and is given up when none do', async () => {
    const clock = fakeClock()
    await using own = await account({}, { timers: clock, idleMs: 60_000 })
    const provider = await filled(own)
    own.fake.server.fail((head) => (isDownload(head) ? { stall: 500 } : undefined))
    const got = failure(provider.get(key, options))
    while (own.fake.server.faults() === 0) await clock.advance(1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await clock.advance(59_000)
    expect(clock.pending).toBe(1)
    await clock.advance(1_000)
    expect(await got).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('nothing moved for 60 s'),
    })
  })

  test('of what is removed meanwhile is not-found', async () => {
    await using own = await account()
    const provider = await filled(own)
    own.fake.server.fail((head) => {
      if (isDownload(head)) for (const item of own.fake.items.files()) own.fake.items.remove(item)
      return undefined
    })
    expect((await failure(provider.get(key, options))).kind).toBe('not-found')
    expect(own.fake.items.files()).toEqual([])
  })
})

test('a whole object whose bytes are not those of its hash is corrupt', async () => {
  await using own = await account()
  const provider = await filled(own)
  const [item] = own.fake.items.files()
  if (item) item.content = randomBytes(body.length)
  expect((await failure(provider.get(key))).kind).toBe('corrupt')
  if (item) item.quickXorHash = quickXor(item.content)
  expect((await provider.get(key)).length).toBe(body.length)
})

test('an item without an address is fetched by way of its content', async () => {
  await using own = await account()
  const provider = await filled(own)
  const [item] = own.fake.items.files()
  own.fake.server.fail(({ url }) =>
    url.searchParams.get('$select')?.includes('downloadUrl')
      ? { status: 200, body: { id: item?.id, name: item?.name, size: body.length, file: {} } }
      : undefined,
  )
  expect(Buffer.compare(await provider.get(key), body)).toBe(0)
  expect(own.fake.server.arrived.filter(({ url }) => url.pathname.endsWith('/content')).length).toBe(2)
})

test('an object that Graph does not give a size is not an empty one', async () => {
  await using own = await account()
  const provider = await filled(own)
  const odd = [{ id: 'x', name: '0a01' }, { id: 'x', name: '0a01', size: -1 }, { name: '0a01', size: 1 }, {}]
  for (const item of odd) {
    own.fake.server.fail(() => ({ status: 200, body: item }))
    expect((await failure(provider.stat(key))).kind).toBe('transient')
  }
  expect(own.fake.server.faults()).toBe(odd.length)
  expect(refusals['itemNotFound']?.status).toBe(404)
})
