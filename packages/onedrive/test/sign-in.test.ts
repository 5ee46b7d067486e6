import type { FakeMicrosoft } from '@backup-internal/fakes/microsoft'
import { BackupError, withRetry, type BackupProvider, type Timers } from '@backup/core'
import { deviceCode, microsoft } from '@backup/oauth'
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { onedrive } from '../src/index.ts'
import { account, type Account } from './account.ts'
import { all } from './all.ts'
import { expectNoSecrets, failure } from './failure.ts'
import { part, withSmallParts } from './uploads.ts'

const key = 'packs/0a/0a01'

async function filled(own: Account): Promise<BackupProvider> {
  const provider = withSmallParts(own.options)
  await provider.open({ create: true })
  await provider.put(key, Buffer.from('bytes'))
  return provider
}

const graphRequests = ({ server }: FakeMicrosoft): number =>
  server.arrived.filter(({ url }) => url.pathname.startsWith('/v1.0/')).length

describe('an access token that has expired', () => {
  test('is replaced once for twenty calls', async () => {
    await using own = await account()
    const provider = await filled(own)
    own.fake.signIn.expireAccessTokens()
    const before = graphRequests(own.fake)
    await Promise.all(Array.from({ length: 20 }, () => provider.stat(key)))
    expect(own.fake.signIn.refreshes()).toBe(1)
    expect(own.fake.signIn.refusals()).toBeGreaterThan(0)
    expect(graphRequests(own.fake) - before).toBeLessThanOrEqual(40)
  })

  test('in the middle of an upload is replaced once, and no part is sent again', async () => {
    await using own = await account()
    const provider = await filled(own)
    const body = randomBytes(2 * part + 7)
    const before = own.fake.sessions.sentBytes()
    await provider.put('packs/0a/large', body, { onProgress: () => own.fake.signIn.expireAccessTokens() })
    expect(own.fake.signIn.refreshes()).toBe(1)
    expect(own.fake.sessions.sentBytes() - before).toBe(body.length)
    expect(Buffer.compare(await provider.get('packs/0a/large'), body)).toBe(0)
  })
})

/** Codes of the sign-in and what they are called by `@backup/oauth`. */
describe.each([
  [700082, 'unused for too long'],
  [50173, 'revoked'],
  [50076, 'second factor'],
  [65001, 'consent'],
])('a sign-in that ended with AADSTS%i (%s)', (aadsts) => {
  test('is auth with a hint, whatever is asked, and asks the server for a refresh once', async () => {
    await using own = await account()
    const provider = withRetry(await filled(own), { firstDelayMs: 1 })
    own.fake.signIn.expireAccessTokens()
    own.fake.signIn.endWith(aadsts)
    const tokenRequests = (): number =>
      own.fake.server.arrived.filter(({ url }) => url.pathname.endsWith('/token')).length
    const calls = [
      () => provider.get(key),
      () => provider.put('packs/0a/new', randomBytes(9)),
      () => provider.stat(key),
    ]
    for (const call of calls) {
      const error = await failure(call())
      expect(error).toMatchObject({ kind: 'auth', retryable: false })
      expect(error.hint).not.toBe(new BackupError('auth', '').hint)
      expectNoSecrets(error, own.fake)
    }
    expect(tokenRequests()).toBe(1)
  })
})

test('an account that is closed while it is used is auth everywhere, until it is back', async () => {
  await using own = await account()
  const provider = await filled(own)
  const patient = withRetry(provider, { firstDelayMs: 1 })
  own.fake.server.fail(({ headers }) => {
    if (headers.get('content-range')?.startsWith('bytes 1')) own.fake.switches.suspended = true
    return undefined
  })
  const body = randomBytes(2 * part + 7)
  const calls = [
    () => patient.put('packs/0a/large', body),
    () => patient.put('packs/0a/small', randomBytes(10)),
    () => patient.get(key),
    () => patient.delete(key),
    () => all(patient.list('')),
    () => onedrive(own.options).open({}),
  ]
  const requests: number[] = []
  for (const call of calls) {
    const before = own.fake.server.arrived.length
    expect(await failure(call())).toMatchObject({ kind: 'auth', hint: expect.stringContaining('locked') })
    requests.push(own.fake.server.arrived.length - before)
  }
  // The first had begun when the account was closed; nobody knocks twice.
  expect(requests.slice(1)).toEqual([1, 1, 1, 1, 1])
  own.fake.server.fail(() => undefined)
  own.fake.switches.suspended = false
  const before = own.fake.sessions.sentBytes()
  await patient.put('packs/0a/large', body)
  expect(own.fake.sessions.sentBytes() - before).toBeLessThan(body.length)
  expect(Buffer.from(await patient.get(key)).toString()).toBe('bytes')
})

test('a token goes to no host but that of Graph', async () => {
  await using own = await account()
  const provider = await filled(own)
  await provider.put('packs/0a/large', randomBytes(part))
  await provider.get(key)
  const hosts = own.fake.server.arrived
    .filter(({ headers }) => headers.has('authorization'))
    .map(({ url }) => url.hostname)
  expect([...new Set(hosts)]).toEqual(['127.0.0.1'])
  expect(own.fake.leaks()).toBe(0)
})

test('every request says who asks, in the form that Microsoft wants', async () => {
  await using own = await account({}, { userAgent: 'ISV|Contoso|Shop/2.1' })
  const provider = await filled(own)
  await provider.put('packs/0a/large', randomBytes(part))
  await provider.get(key)
  const agents = own.fake.server.arrived
    .filter(({ url }) => !url.pathname.includes('/oauth2/'))
    .map(({ headers }) => headers.get('user-agent'))
  expect(agents.length).toBeGreaterThan(5)
  expect([...new Set(agents)]).toEqual(['ISV|Contoso|Shop/2.1'])
})

test('a token source that fails in its own way is auth, and what it says is not repeated', async () => {
  await using own = await account()
  const secret = 'the-refresh-token'
  const auth = { accessToken: async () => Promise.reject(new Error(secret)) }
  const error = await failure(onedrive({ ...own.options, auth }).stat(key))
  expect(error).toMatchObject({ kind: 'auth', plugin: 'onedrive', hint: expect.stringContaining('"auth"') })
  expect(JSON.stringify([error.message, String(error.cause), error.stack])).not.toContain(secret)
  expect(own.fake.server.arrived).toEqual([])
})

test('a sign-in by device code works with the fake as with Microsoft', async () => {
  await using own = await account()
  own.fake.signIn.deviceAnswers = ['granted']
  const base = own.fake.tokenUrl.replace(/\/token$/, '')
  const issuer = { ...microsoft, tokenEndpoint: own.fake.tokenUrl, deviceEndpoint: `${base}/devicecode` }
  const shown: string[] = []
  const timers: Timers = {
    now: () => performance.now(),
    // The server wants five seconds between two questions, and gets them in a hundredth of that.
    setTimeout: (run, ms) => setTimeout(run, ms / (ms < 10_000 ? 100 : 1)),
    clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  }
  const clientId = '00000000-0000-0000-0000-000000000000'
  const tokens = await deviceCode({ issuer, clientId, timers, show: ({ userCode }) => shown.push(userCode) })
  expect(shown).toEqual(['FAKE1234'])
  const provider = onedrive({ ...own.options, auth: { accessToken: async () => tokens.accessToken } })
  await provider.open({ create: true })
})
