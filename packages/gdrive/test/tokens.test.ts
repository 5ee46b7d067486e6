import { refusal } from '@backup-internal/fakes/google'
import { withRetry, type BackupError } from '@backup/core'
import { google as googleIssuer, memoryTokenStore, tokenSource } from '@backup/oauth'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { gdrive, serviceAccount } from '../src/index.ts'
import { account, clientId, signedIn } from './account.ts'
import { isChunk } from './faults.ts'

const key = 'packs/0a/there'
const MiB = 1024 * 1024

test('twenty calls with a token that has expired cause one refresh, and all succeed', async () => {
  await using one = await account()
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  await provider.put(key, randomBytes(100))
  one.google.tokens.expireAccess()
  await Promise.all(Array.from({ length: 20 }, () => provider.get(key)))
  expect(one.google.tokens.refreshes()).toBe(1)
  expect(one.google.tokens.rejections()).toBeGreaterThan(0)
  await provider.close?.()
})

test('a token that expires in the middle of an upload is renewed once, and no chunk is lost', async () => {
  await using one = await account()
  const { google } = one
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  const body = randomBytes(25 * MiB)
  let chunks = 0
  google.server.fail((head) => {
    if (isChunk(head) && ++chunks === 2) google.tokens.expireAccess()
    return undefined
  })
  await provider.put(key, body)
  expect(google.tokens.refreshes()).toBe(1)
  expect(chunks).toBe(4)
  expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
  await provider.close?.()
})

test('a refusal other than 401 renews nothing', async () => {
  await using one = await account()
  const provider = gdrive(one.options)
  await provider.open({ create: true })
  one.google.server.fail(() => refusal('rateLimitExceeded'))
  await expect(provider.stat(key)).rejects.toMatchObject({ kind: 'throttled' })
  expect(one.google.tokens.refreshes()).toBe(0)
  await provider.close?.()
})

test('another client id sees nothing of it, and is told why', async () => {
  await using one = await account()
  const { google, options } = one
  await gdrive(options).open({ create: true })
  const stranger = gdrive({ ...options, auth: signedIn(google, () => new Date(), 'another-client') })
  await expect(stranger.open({})).rejects.toMatchObject({
    kind: 'target-missing',
    hint: expect.stringContaining('client id'),
  })
})

describe('a sign-in that is over is auth, with what to do, and is not tried again', () => {
  const dayMs = 86_400_000
  test.each<readonly [string, (one: Awaited<ReturnType<typeof account>>) => void]>([
    ['revoked', ({ google }) => google.tokens.revokeAll()],
    [
      'seven days old, of a client in testing',
      (one) => {
        one.google.tokens.testing.add(clientId)
        one.pass(8 * dayMs)
      },
    ],
    ['unused for half a year', (one) => one.pass(190 * dayMs)],
    [
      'pushed out by a hundred others',
      ({ google }) => {
        for (let count = 0; count < 100; count++) google.tokens.signIn({ clientId })
        google.tokens.expireAccess()
      },
    ],
  ])('%s', async (_, end) => {
    await using one = await account()
    const retries: unknown[] = []
    const provider = withRetry(gdrive(one.options), { onRetry: (event) => retries.push(event) })
    await provider.open({ create: true })
    end(one)
    await expect(provider.stat(key)).rejects.toMatchObject({
      kind: 'auth',
      hint: expect.stringMatching(/sign in/i),
    })
    expect(one.google.tokens.rejections()).toBeGreaterThan(0)
    expect(retries).toEqual([])
  })
})

describe('a service account', () => {
  const clientEmail = 'backup@shop.iam.gserviceaccount.com'
  const { publicKey, privateKey: made } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const privateKey = made.export({ type: 'pkcs8', format: 'pem' }).toString()
  const known = publicKey.export({ type: 'spki', format: 'pem' }).toString()

  test('keeps backups in a shared drive, with one token for many calls and another one when that is refused', async () => {
    await using one = await account()
    const { google } = one
    google.tokens.serviceAccounts.set(clientEmail, known)
    google.store.sharedDrives.set('0AFakeSharedDrive', 'Backups')
    const auth = serviceAccount({ clientEmail, privateKey, tokenUrl: `${google.server.origin}/token` })
    const provider = gdrive({
      auth,
      sharedDrive: '0AFakeSharedDrive',
      folder: 'shop',
      rootUrl: google.rootUrl,
    })
    await provider.open({ create: true })
    const body = randomBytes(1_000)
    await provider.put(key, body)
    expect(Buffer.from(await provider.get(key)).equals(body)).toBe(true)
    expect(google.tokens.refreshes()).toBe(1)
    google.tokens.expireAccess()
    await Promise.all(Array.from({ length: 5 }, () => provider.get(key)))
    expect(google.tokens.refreshes()).toBe(2)
    expect(await provider.usage?.()).toEqual({})
    await provider.close?.()
  })

  test('whose key was withdrawn is auth, and is asked for once', async () => {
    await using one = await account()
    const auth = serviceAccount({ clientEmail, privateKey, tokenUrl: `${one.google.server.origin}/token` })
    const error: BackupError = await auth.accessToken().then(
      () => expect.fail(),
      (reason: BackupError) => reason,
    )
    expect(error).toMatchObject({ kind: 'auth', plugin: 'gdrive' })
    expect(one.google.server.arrived).toHaveLength(1)
    expect(inspect(error, { depth: 9 })).not.toMatch(/PRIVATE KEY|eyJ/)
  })

  test.each([
    [500, 'transient'],
    [429, 'throttled'],
  ] as const)('that is answered with %i is %s, and is asked for once', async (status, kind) => {
    await using one = await account()
    one.google.server.fail(() => ({ status }))
    const auth = serviceAccount({ clientEmail, privateKey, tokenUrl: `${one.google.server.origin}/token` })
    await expect(auth.accessToken()).rejects.toMatchObject({ kind })
    expect(one.google.server.arrived).toHaveLength(1)
  })

  test('with a key that is none is config, and nothing is sent', async () => {
    const auth = serviceAccount({ clientEmail, privateKey: 'not a key', tokenUrl: 'http://127.0.0.1:1/' })
    const error: BackupError = await auth.accessToken().then(
      () => expect.fail(),
      (reason: BackupError) => reason,
    )
    expect(error).toMatchObject({ kind: 'config', key: 'privateKey' })
    expect(inspect(error)).not.toContain('not a key')
  })

  test('without a server is transient', async () => {
    const auth = serviceAccount({ clientEmail, privateKey, tokenUrl: 'http://127.0.0.1:1/' })
    await expect(auth.accessToken()).rejects.toMatchObject({ kind: 'transient' })
  })
})

test('a token source that nobody has signed in to is auth, and nothing is sent', async () => {
  await using one = await account()
  const auth = tokenSource({ issuer: googleIssuer, clientId, store: memoryTokenStore() })
  await expect(gdrive({ ...one.options, auth }).open({})).rejects.toMatchObject({
    kind: 'auth',
    plugin: 'oauth',
  })
  expect(one.google.server.arrived).toEqual([])
})
