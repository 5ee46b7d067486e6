import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { s3, type S3Options } from '../src/index.ts'
import { freshBucket, onSwift } from './real-servers.ts'
import { tappedProxy, type TappedProxy } from './tapped-proxy.ts'

// A server that knows less of S3. What radosgw.test.ts says of a server that knows nearly all is not said again.

const key = 'packs/0a/there'
const MiB = 1024 * 1024

onSwift((swift) => {
  let proxy: TappedProxy
  let options: S3Options

  beforeEach(async () => {
    proxy = await tappedProxy(swift().endpoint)
    options = { ...freshBucket(swift()), endpoint: proxy.endpoint }
    await s3(options).open({ create: true })
  })

  afterEach(() => proxy.close())

  test('has no conditional put, so that put looks first', async () => {
    expect(proxy.answers(501)).toBe(1)
    const provider = s3(options)
    const body = randomBytes(1_000)
    await provider.put(key, body)
    await provider.put(key, body)
    await expect(provider.put(key, randomBytes(999))).rejects.toMatchObject({ kind: 'exists' })
    expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
  })

  test.each([
    ['a key that nobody knows', { accessKeyId: 'shop:stranger' }],
    ['a wrong secret', { secretAccessKey: 'wrong' }],
  ])('refuses %s as auth', async (_, wrong) => {
    await s3(options).put(key, randomBytes(10))
    const credentials = {
      ...(options.credentials as { accessKeyId: string; secretAccessKey: string }),
      ...wrong,
    }
    const before = proxy.answers(403)
    const hint = expect.stringContaining('access key')
    await expect(s3({ ...options, credentials }).get(key)).rejects.toMatchObject({ kind: 'auth', hint })
    expect(proxy.answers(403)).toBeGreaterThan(before)
  })

  test('says that a quota is used up as an object that is too large, which is quota, also for parts', async () => {
    const provider = s3(options)
    await provider.put(key, randomBytes(10))
    await swift().limit(options.bucket, 100_000)
    for (const size of [MiB, 20 * MiB]) {
      const before = proxy.answers(400)
      await expect(provider.put(`packs/0a/of-${size}`, randomBytes(size))).rejects.toMatchObject({
        kind: 'quota',
        hint: expect.stringContaining('quota'),
      })
      expect(proxy.answers(400)).toBeGreaterThan(before)
      expect(await provider.stat(`packs/0a/of-${size}`)).toBeUndefined()
    }
    expect((await provider.get(key)).length).toBe(10)
    await provider.close?.()
  })

  test('has no locks, and would take the wish for one for a new object: it is asked first', async () => {
    const locked = s3({ ...options, objectLock: { mode: 'GOVERNANCE', days: 1 } })
    const body = randomBytes(10)
    await s3(options).put(key, body)
    const hint = expect.stringContaining('Object Lock')
    const until = new Date(Date.now() + 86_400_000)
    await expect(locked.retain?.(key, until)).rejects.toMatchObject({ kind: 'config', hint })
    expect(Buffer.from(await locked.get(key)).equals(body)).toBe(true)
    await expect(locked.open({ create: true })).rejects.toMatchObject({ kind: 'config', hint })
  })

  test('that hangs is given up after the idle time, and serves again when it goes on', async () => {
    const provider = s3({ ...options, idleMs: 1_000 })
    await provider.put(key, randomBytes(10))
    swift().gateway.kill('SIGSTOP')
    try {
      await expect(provider.get(key)).rejects.toMatchObject({ kind: 'transient' })
    } finally {
      swift().gateway.kill('SIGCONT')
    }
    expect((await provider.get(key)).length).toBe(10)
  })

  test('that is away is transient', async () => {
    const provider = s3(options)
    await provider.put(key, randomBytes(10))
    proxy.disturb({ refuse: true })
    await expect(provider.get(key)).rejects.toMatchObject({ kind: 'transient', key })
    expect(proxy.disturbed()).toBeGreaterThan(0)
    proxy.disturb()
    expect((await provider.get(key)).length).toBe(10)
  })
})
