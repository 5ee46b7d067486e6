import type { Ceph } from '@backup-internal/servers'
import { tcpProxy } from '@backup-internal/fakes/wire'
import { createBackup, rawKey, withRetry } from '@backup/core'
import { pageFile } from '@backup/core/node'
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { s3, type S3Credentials, type S3Options } from '../src/index.ts'
import { fixtureOn } from './fixture.ts'
import { journalIn, type Errand } from './interrupted-put.ts'
import { directClient, freshBucket, onRadosgw } from './real-servers.ts'
import { tappedProxy, type TappedProxy } from './tapped-proxy.ts'

const key = 'packs/0a/there'
const MiB = 1024 * 1024

onRadosgw((ceph) => {
  let proxy: TappedProxy
  let options: S3Options

  beforeEach(async () => {
    proxy = await tappedProxy(ceph().endpoint)
    options = { ...freshBucket(ceph()), endpoint: proxy.endpoint }
    await s3(options).open({ create: true })
  })

  afterEach(() => proxy.close())

  /** How a call fails, which the gateway has refused itself with this status. */
  const refused = async (call: () => Promise<unknown>, status: number): Promise<unknown> => {
    const before = proxy.answers(status)
    const error = await call().then(
      () => 'success',
      (reason: unknown) => reason,
    )
    return proxy.answers(status) > before ? error : `no answer with ${status}: ${String(error)}`
  }

  describe('refuses', () => {
    test('a key that nobody knows, a wrong secret and a key that was removed, as auth', async () => {
      const own = credentialsOf(options)
      const unknown = { ...own, accessKeyId: 'nobody' }
      const hint = expect.stringContaining('access key')
      for (const credentials of [unknown, { ...own, secretAccessKey: 'wrong' }]) {
        expect(await refused(() => s3({ ...options, credentials }).open({}), 403)).toMatchObject({
          kind: 'auth',
          hint,
        })
      }
      const [accessKeyId, secretAccessKey] = ['removed-key', 'removed-secret']
      const removed = s3({ ...options, credentials: { accessKeyId, secretAccessKey } })
      const names = ['--uid', 'tester', '--access-key', accessKeyId]
      await ceph().admin('key', 'create', ...names, '--secret-key', secretAccessKey)
      await removed.put(key, randomBytes(10))
      await ceph().admin('key', 'rm', ...names)
      expect(await refused(() => removed.get(key), 403)).toMatchObject({
        kind: 'auth',
        message: expect.stringContaining('InvalidAccessKeyId'),
      })
    })

    test('everything to an account that is suspended, as auth, and works when it is back', async () => {
      const provider = s3(options)
      await provider.put(key, randomBytes(10))
      await ceph().admin('user', 'suspend', '--uid', 'tester')
      try {
        const wanted = { kind: 'auth', message: expect.stringContaining('UserSuspended') }
        expect(await refused(() => provider.put('packs/0a/new', randomBytes(10)), 403)).toMatchObject(wanted)
        expect(await refused(() => provider.get(key), 403)).toMatchObject(wanted)
        expect(await refused(() => s3(options).open({}), 403)).toMatchObject(wanted)
      } finally {
        await ceph().admin('user', 'enable', '--uid', 'tester')
      }
      expect((await provider.get(key)).length).toBe(10)
    })

    test('what goes beyond the quota as quota, leaves nothing of it and goes on reading', async () => {
      const provider = s3(options)
      await provider.put(key, randomBytes(10))
      await limit(ceph(), options.bucket)
      expect(await refused(() => provider.put('packs/0a/new', randomBytes(MiB)), 403)).toMatchObject({
        kind: 'quota',
        key: 'packs/0a/new',
      })
      expect(await provider.stat('packs/0a/new')).toBeUndefined()
      expect((await provider.get(key)).length).toBe(10)
    })

    test('parts that go beyond the quota as quota, and leaves none of them', async () => {
      // A gateway that refuses a body while it is sent resets the connection, and its answer can be lost with
      // it: that is transient, and the next attempt tells.
      const provider = withRetry(s3({ ...options, endpoint: ceph().endpoint }), {
        firstDelayMs: 10,
        attempts: 10,
      })
      await limit(ceph(), options.bucket)
      await expect(provider.put(key, randomBytes(25 * MiB))).rejects.toMatchObject({
        kind: 'quota',
        message: expect.stringContaining('QuotaExceeded'),
      })
      expect(await provider.stat(key)).toBeUndefined()
      expect(await uploadsIn(ceph(), options.bucket)).toEqual([])
    })

    test('a bucket that is not there as target-missing, whatever was asked', async () => {
      const provider = s3({ ...options, bucket: `${options.bucket}-gone` })
      const calls = [
        () => provider.open({}),
        () => provider.put(key, randomBytes(10)),
        () => provider.put(key, randomBytes(20 * MiB)),
        () => provider.get(key),
        () => provider.get(key, { range: { offset: 0, length: 0 } }),
        () => provider.stat(key),
        () => provider.delete(key),
        async () => provider.list('')[Symbol.asyncIterator]().next(),
      ]
      for (const call of calls) expect(await refused(call, 404)).toMatchObject({ kind: 'target-missing' })
    })

    test('a bucket whose name belongs to somebody else', async () => {
      const [accessKeyId, secretAccessKey] = ['other-key', 'other-secret']
      const user = ['--uid', 'other', '--display-name', 'other']
      await ceph().admin(
        'user',
        'create',
        ...user,
        '--access-key',
        accessKeyId,
        '--secret-key',
        secretAccessKey,
      )
      const stranger = s3({ ...options, credentials: { accessKeyId, secretAccessKey } })
      expect(await refused(() => stranger.open({ create: true }), 403)).toMatchObject({ kind: 'auth' })
    })

    test.each([-20, 20])(
      'a clock that is %i minutes wrong as config, and knows the time after open',
      async (minutes) => {
        await s3(options).put(key, randomBytes(10))
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
        try {
          const hint = expect.stringContaining('clock')
          expect(await refused(() => s3(options).get(key), 403)).toMatchObject({ kind: 'config', hint })
          const provider = s3(options)
          await provider.open({})
          expect((await provider.get(key)).length).toBe(10)
        } finally {
          vi.useRealTimers()
        }
      },
    )

    test('a storage class that it does not have', async () => {
      expect(
        await refused(() => s3({ ...options, storageClass: 'NO_SUCH' }).put(key, randomBytes(10)), 400),
      ).toMatchObject({ kind: 'permanent' })
    })
  })

  describe('an object', () => {
    test('of other bytes and the same size is corrupt and stays, the same bytes are success', async () => {
      const provider = s3(options)
      for (const size of [1_000, 17 * MiB]) {
        const name = `packs/0a/of-${size}`
        const body = randomBytes(size)
        await provider.put(name, body)
        await provider.put(name, body)
        expect(await refused(() => provider.put(name, randomBytes(size + 1)), 200)).toMatchObject({
          kind: 'exists',
          key: name,
        })
        expect(Buffer.from(await provider.get(name)).equals(body)).toBe(true)
      }
      expect(await refused(() => provider.put('packs/0a/of-1000', randomBytes(1_000)), 200)).toMatchObject({
        kind: 'corrupt',
      })
    })

    test('in parts arrives whole, tells its progress, and is gone when it was cancelled', async () => {
      const provider = s3(options)
      const body = randomBytes(64 * MiB)
      const told: number[] = []
      await provider.put(key, body, { onProgress: (sentBytes) => told.push(sentBytes) })
      expect(told.length).toBe(7)
      expect(told.at(-1)).toBe(body.length)
      expect(sha256(await provider.get(key))).toBe(sha256(body))

      const controller = new AbortController()
      const { signal } = controller
      const put = provider.put('packs/0a/cancelled', body, { signal, onProgress: () => controller.abort() })
      await expect(put).rejects.toMatchObject({ kind: 'cancelled' })
      expect(await provider.stat('packs/0a/cancelled')).toBeUndefined()
      expect(await uploadsIn(ceph(), options.bucket)).toEqual([])
    })

    test('under lock cannot be removed, and its lock is extended and never shortened', async () => {
      const locked = { ...freshBucket(ceph()), objectLock: { mode: 'GOVERNANCE', days: 2 } } as const
      const provider = s3(locked)
      await provider.open({ create: true })
      await provider.put(key, randomBytes(100))
      const place = { Bucket: locked.bucket, Key: key }
      const client = directClient(ceph())
      const daysLeft = async (): Promise<number> => {
        const found = await client.headObject(place)
        expect(found.ObjectLockMode).toBe('GOVERNANCE')
        return ((found.ObjectLockRetainUntilDate?.getTime() ?? 0) - Date.now()) / 86_400_000
      }
      const { VersionId } = await client.headObject(place)
      expect(await daysLeft()).toBeCloseTo(2, 1)
      const removal = client.deleteObject({ ...place, VersionId })
      await expect(removal).rejects.toMatchObject({
        name: 'AccessDenied',
        $metadata: { httpStatusCode: 403 },
      })

      const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000)
      await provider.retain?.(key, inDays(10))
      expect(await daysLeft()).toBeCloseTo(10, 1)
      await provider.retain?.(key, inDays(5))
      expect(await daysLeft()).toBeCloseTo(10, 1)
      // The server itself refuses to shorten it, whoever asks.
      const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: inDays(5) } as const
      await expect(client.putObjectRetention({ ...place, Retention })).rejects.toMatchObject({
        name: 'AccessDenied',
      })
      await expect(provider.retain?.('packs/0a/none', inDays(5))).rejects.toMatchObject({ kind: 'not-found' })

      // What was hidden by a delete is still there for whoever looks for versions.
      await provider.delete(key)
      expect(await provider.stat(key)).toBeUndefined()
      expect((await client.headObject({ ...place, VersionId })).ContentLength).toBe(100)
      client.destroy()
    })

    test('cannot be locked in a bucket that was not made for it', async () => {
      const provider = s3({ ...options, objectLock: { mode: 'GOVERNANCE', days: 2 } })
      await s3(options).put(key, randomBytes(100))
      const hint = expect.stringContaining('Object Lock')
      const call = async (): Promise<unknown> => provider.retain?.(key, new Date(Date.now() + 86_400_000))
      expect(await refused(call, 404)).toMatchObject({ kind: 'config', hint })
    })

    test('in no cold class is ready to be read', async () => {
      const provider = s3(options)
      await provider.put(key, randomBytes(100))
      expect(await provider.warm?.(key)).toBe('ready')
      await expect(provider.warm?.('packs/0a/none')).rejects.toMatchObject({ kind: 'not-found' })
    })
  })

  test('a gateway that hangs is given up after the idle time, and serves again when it goes on', async () => {
    const provider = s3({ ...options, idleMs: 1_000 })
    await provider.put(key, randomBytes(10))
    ceph().gateway.kill('SIGSTOP')
    const begun = performance.now()
    try {
      await expect(provider.get(key)).rejects.toMatchObject({ kind: 'transient' })
      await expect(provider.put('packs/0a/new', randomBytes(MiB))).rejects.toMatchObject({
        kind: 'transient',
      })
    } finally {
      ceph().gateway.kill('SIGCONT')
    }
    expect(performance.now() - begun).toBeLessThan(60_000)
    expect((await provider.get(key)).length).toBe(10)
  })

  test('a budget holds for what is there and what comes', async () => {
    await s3(options).put('packs/0a/before', randomBytes(5_000))
    const provider = s3({ ...options, budgetBytes: 10_000 })
    await provider.put(key, randomBytes(4_000))
    expect(await provider.usage?.()).toEqual({ usedBytes: 9_000, freeBytes: 1_000, totalBytes: 10_000 })
    await expect(provider.put('packs/0a/more', randomBytes(1_001))).rejects.toMatchObject({ kind: 'quota' })
    expect(await provider.stat('packs/0a/more')).toBeUndefined()
    await provider.delete('packs/0a/before')
    await provider.put('packs/0a/more', randomBytes(6_000))
  })

  // The suite has five hundred, without parts.
  test('calls of which thirty in a hundred fail, some in parts, all succeed, and leave no upload behind', async () => {
    const fixture = await fixtureOn(ceph(), { limit: async () => async () => {} })
    const one = withRetry(fixture.provider, { attempts: 60, firstDelayMs: 1, maxDelayMs: 5 })
    await one.open({ create: true })
    const fault = await fixture.inject?.('random-errors')
    const hashes = new Map<string, string>()
    const wrong: string[] = []
    for (let call = 0; call < 150; call++) {
      const name = `packs/0a/object-${call}`
      const known = [...hashes.keys()][call % Math.max(1, hashes.size)]
      if (call % 2 === 1 && known !== undefined) {
        if (sha256(await one.get(known)) !== hashes.get(known)) wrong.push(known)
      } else {
        const body = randomBytes(call % 50 === 0 ? 31 * MiB : call * 30)
        await one.put(name, body)
        hashes.set(name, sha256(body))
      }
    }
    expect(wrong).toEqual([])
    expect(fault?.happened()).toBeGreaterThan(45)
    await fault?.end?.()
    for (const [name, hash] of hashes) expect(sha256(await fixture.provider.get(name))).toBe(hash)
    expect(await fixture.leftovers?.()).toBe(0)
    await fixture.provider.close?.()
    await fixture.dispose?.()
  }, 300_000)

  test('a put whose process was killed goes on in the next one, and sends at most one part twice', async () => {
    const tap = await tcpProxy({ port: Number(new URL(ceph().endpoint).port) })
    tap.disturb({ bytesPerSecond: 40_000_000 })
    const place = { ...options, endpoint: `http://127.0.0.1:${tap.port}` }
    const folder = await mkdtemp(join(tmpdir(), 'backup-killed-'))
    const body = randomBytes(64 * MiB)
    const errand: Errand = {
      options: place,
      folder: join(folder, 'journal'),
      key,
      file: join(folder, 'body'),
    }
    await writeFile(errand.file, body)
    const program = fileURLToPath(new URL('interrupted-put.ts', import.meta.url))
    const child = spawn(process.execPath, [program, JSON.stringify(errand)])
    const gone = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)))
    // In the middle of the fourth part.
    child.stdout.on('data', (told) => String(told).includes(String(30 * MiB)) && child.kill('SIGKILL'))
    expect(await gone).toBe('SIGKILL')
    tap.disturb()

    const journal = journalIn(errand.folder)
    expect(await journal.keys()).toEqual([key])
    const provider = s3(place)
    await provider.open({ journal })
    await provider.put(key, body)
    expect(sha256(await provider.get(key))).toBe(sha256(body))
    // Requests without bodies are small.
    expect(tap.passed('up')).toBeLessThan(body.length + 10 * MiB + 100_000)
    expect(await journal.keys()).toEqual([])
    expect(await uploadsIn(ceph(), options.bucket)).toEqual([])
    await provider.close?.()
    await tap.close()
    await rm(folder, { recursive: true })
  })

  test('an account that is suspended in the middle of an upload is auth, and it goes on when it is back', async () => {
    // A refusal while a part is being sent can be lost with the connection; the next attempt hears it.
    const provider = withRetry(s3(options), { firstDelayMs: 10, attempts: 10 })
    const body = randomBytes(35 * MiB)
    let suspended: Promise<unknown> | undefined
    let told: number[] = []
    const onProgress = (sentBytes: number): void => {
      told.push(sentBytes)
      suspended ??= ceph().admin('user', 'suspend', '--uid', 'tester')
    }
    // Parts go on while the account is being suspended, so the bytes are sent until one is refused.
    const put = async (): Promise<void> => {
      for (let turn = 0; turn < 50; turn++) {
        await provider.put(`packs/0a/large-${turn}`, body, { onProgress })
        await provider.delete(`packs/0a/large-${turn}`)
      }
    }
    try {
      // An answer to HEAD would not name the code.
      expect(await refused(put, 403)).toMatchObject({ kind: 'auth' })
    } finally {
      await suspended
      await ceph().admin('user', 'enable', '--uid', 'tester')
    }
    told = []
    await provider.put(key, body, { onProgress })
    expect(sha256(await provider.get(key))).toBe(sha256(body))
    await provider.close?.()
  })

  test('a quota that ends before, during and at the last part is quota each time, and leaves nothing', async () => {
    const provider = s3({ ...options, endpoint: ceph().endpoint })
    const patient = withRetry(provider, { firstDelayMs: 10, attempts: 10 })
    const quota = ['--quota-scope', 'bucket', '--bucket', options.bucket]
    for (const [name, mebibytes] of [
      ['before', 1],
      ['during', 15],
      ['at-last', 30],
    ] as const) {
      await ceph().admin('quota', 'set', ...quota, '--max-size', String(mebibytes * MiB))
      await ceph().admin('quota', 'enable', ...quota)
      const wanted = { kind: 'quota', message: expect.stringContaining('QuotaExceeded') }
      await expect(patient.put(`packs/0a/${name}`, randomBytes(31 * MiB))).rejects.toMatchObject(wanted)
      await ceph().admin('quota', 'disable', ...quota)
      expect(await provider.stat(`packs/0a/${name}`)).toBeUndefined()
      expect(await uploadsIn(ceph(), options.bucket)).toEqual([])
    }
  })

  test('a file goes into a bucket and comes back byte for byte, from every snapshot', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'backup-s3-'))
    const live = join(folder, 'live')
    const backup = createBackup({
      source: pageFile(live),
      providers: [s3({ ...options, prefix: 'shop' })],
      keys: rawKey(randomBytes(32)),
      state: join(folder, 'state'),
    })
    const content = randomBytes(40 * MiB)
    await writeFile(live, content)
    await backup.init()
    const first = await backup.run()
    const changed = Buffer.from(content)
    randomBytes(4096).copy(changed, 8 * MiB)
    await writeFile(live, changed)
    const second = await backup.run()
    for (const [{ id }, wanted] of [
      [first, content],
      [second, changed],
    ] as const) {
      await backup.restore(id, { to: join(folder, id) })
      expect(sha256(await readFile(join(folder, id)))).toBe(sha256(wanted))
    }
    await backup.close()
    await rm(folder, { recursive: true })
  })
})

function credentialsOf({ credentials }: S3Options): S3Credentials {
  return credentials as S3Credentials
}

async function limit({ admin }: Ceph, bucket: string): Promise<void> {
  const quota = ['--quota-scope', 'bucket', '--bucket', bucket]
  await admin('quota', 'set', ...quota, '--max-size', '500K')
  await admin('quota', 'enable', ...quota)
}

async function uploadsIn(ceph: Ceph, bucket: string): Promise<unknown[]> {
  return (await directClient(ceph).listMultipartUploads({ Bucket: bucket })).Uploads ?? []
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
