import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  memoryTokenStore,
  microsoft,
  tokenSource,
  type ReauthRequired,
  type TokenSourceOptions,
  type TokenStore,
  type Tokens,
} from '../src/index.ts'
import { tokenServer, type Reply, type TokenServer } from './token-server.ts'

let server: TokenServer
let events: ReauthRequired[]

beforeEach(async () => {
  server = await tokenServer()
  events = []
})
afterEach(() => server.close())

const spent = (refreshToken = 'SECRET-refresh-0'): Tokens => ({
  accessToken: 'SECRET-access-0',
  refreshToken,
  issuedAt: Date.now() - 3_600_000,
  expiresAt: Date.now() - 1,
  scopes: ['files'],
})
const sourceOf = (store: TokenStore, more: Partial<TokenSourceOptions> = {}) =>
  tokenSource({
    issuer: server.issuer,
    clientId: 'shop',
    clientSecret: 'SECRET-client',
    account: 'owner@example.com',
    store,
    onReauthRequired: (event) => events.push(event),
    ...more,
  })

test('twenty calls at once make one request, and get the same token', async () => {
  const source = sourceOf(memoryTokenStore(spent()))
  const tokens = await Promise.all(Array.from({ length: 20 }, () => source.accessToken()))
  expect(new Set(tokens)).toEqual(new Set(['SECRET-access-1']))
  expect(server.asked).toEqual([
    {
      grant_type: 'refresh_token',
      refresh_token: 'SECRET-refresh-0',
      client_id: 'shop',
      client_secret: 'SECRET-client',
    },
  ])
})

test('the new refresh token is stored before the access token is handed out', async () => {
  const store = memoryTokenStore(spent())
  const log: string[] = []
  const write: TokenStore['write'] = async (tokens) => {
    await new Promise(setImmediate)
    await store.write(tokens)
    log.push(String(tokens.refreshToken))
  }
  log.push(await sourceOf({ ...store, write }).accessToken())
  expect(log).toEqual(['SECRET-refresh-0', 'SECRET-refresh-1', 'SECRET-access-1'])
  expect(await store.read()).not.toHaveProperty('refreshSentAt')
})

test('a token with more than a minute to live is used, and one with less is not', async () => {
  const store = memoryTokenStore({ ...spent(), issuedAt: 0, expiresAt: 3_600_000 })
  let now = 3_600_000 - 60_001
  const source = sourceOf(store, { clock: () => new Date(now) })
  expect(await source.accessToken()).toBe('SECRET-access-0')
  expect(server.asked).toEqual([])
  now += 1
  expect(await source.accessToken()).toBe('SECRET-access-1')
})

test('a clock that was turned back by a day does not prolong a token', async () => {
  const store = memoryTokenStore({ ...spent(), issuedAt: 90_000_000, expiresAt: 93_600_000 })
  expect(await sourceOf(store, { clock: () => new Date(3_600_000) }).accessToken()).toBe('SECRET-access-1')
})

test('a rejected token is refreshed once, for all who were rejected with it', async () => {
  const source = sourceOf(
    memoryTokenStore({ ...spent(), issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 }),
  )
  const rejected = await source.accessToken()
  const again = await Promise.all(Array.from({ length: 5 }, () => source.accessToken({ rejected })))
  expect(new Set(again)).toEqual(new Set(['SECRET-access-1']))
  expect(await source.accessToken({ rejected })).toBe('SECRET-access-1')
  expect(server.asked.length).toBe(1)
})

test('a server that does not replace the refresh token keeps the one that is stored', async () => {
  server.next({ status: 200, body: { access_token: 'next', token_type: 'bearer', expires_in: '3600' } })
  const store = memoryTokenStore(spent())
  expect(await sourceOf(store).accessToken()).toBe('next')
  expect(await store.read()).toMatchObject({ refreshToken: 'SECRET-refresh-0', scopes: ['files'] })
})

test('one caller may leave while the others wait', async () => {
  const source = sourceOf(memoryTokenStore(spent()))
  const leaving = new AbortController()
  const left = source.accessToken({ signal: leaving.signal })
  const stayed = source.accessToken()
  leaving.abort()
  await expect(left).rejects.toMatchObject({ kind: 'cancelled' })
  expect(await stayed).toBe('SECRET-access-1')
})

test('an answer that nobody waits for any more is stored all the same', async () => {
  const store = memoryTokenStore(spent())
  const abort = new AbortController()
  const write: TokenStore['write'] = async (tokens) => {
    await store.write(tokens)
    // The request comes next.
    abort.abort()
  }
  const call = sourceOf({ ...store, write }).accessToken({ signal: abort.signal })
  await expect(call).rejects.toMatchObject({ kind: 'cancelled' })
  await vi.waitUntil(async () => (await store.read())?.refreshToken === 'SECRET-refresh-1')
})

test('when all have left before it was their turn, nothing is asked', async () => {
  const store = memoryTokenStore(spent())
  const release = await store.lock()
  const abort = new AbortController()
  const source = sourceOf(store)
  const calls = [source.accessToken({ signal: abort.signal }), source.accessToken({ signal: abort.signal })]
  abort.abort()
  for (const call of calls) await expect(call).rejects.toMatchObject({ kind: 'cancelled' })
  await release()
  expect(await source.accessToken()).toBe('SECRET-access-1')
  expect(server.asked.length).toBe(1)
})

test('whoever joins a call that brings the token that was rejected gets another one', async () => {
  const lasting = { ...spent(), issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 }
  const source = sourceOf(memoryTokenStore(lasting))
  const both = [source.accessToken(), source.accessToken({ rejected: 'SECRET-access-0' })]
  expect(await Promise.all(both)).toEqual(['SECRET-access-0', 'SECRET-access-1'])
  expect(server.asked.length).toBe(1)
})

test('a store that fails after the server has rotated costs one call, not the sign-in', async () => {
  const store = memoryTokenStore(spent())
  let writes = 0
  const write: TokenStore['write'] = async (tokens) => {
    writes += 1
    if (writes === 2) throw new Error('disk full')
    await store.write(tokens)
  }
  const source = sourceOf({ ...store, write })
  await expect(source.accessToken()).rejects.toThrow('disk full')
  expect(await source.accessToken()).toBe('SECRET-access-1')
  expect(await store.read()).toMatchObject({ refreshToken: 'SECRET-refresh-1' })
  expect(server.asked.length).toBe(1)
})

describe('what the server answers', () => {
  const html = '<html>Welcome to our hotel</html>'
  const entra = (error: string, code: number): Reply => ({
    status: 400,
    body: { error, error_codes: [code], error_description: `AADSTS${code}: SECRET` },
  })
  const rows: [string, Reply, object][] = [
    [
      '429 with seconds',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'throttled', retryAfterMs: 7000 },
    ],
    ['429 without', { status: 429 }, { kind: 'throttled' }],
    [
      '503 with seconds',
      { status: 503, headers: { 'retry-after': '2' } },
      { kind: 'throttled', retryAfterMs: 2000 },
    ],
    ['503 without', { status: 503 }, { kind: 'transient' }],
    ['500 with a code', { status: 500, body: { error: 'invalid_grant' } }, { kind: 'transient' }],
    ['502 with HTML', { status: 502, body: html }, { kind: 'transient' }],
    ['200 with HTML', { status: 200, body: html }, { kind: 'transient' }],
    [
      '200 with megabytes',
      { status: 200, body: { access_token: 'x'.repeat(3_000_000) } },
      { kind: 'transient' },
    ],
    ['200 with no token', { status: 200, body: { access_token: 7 } }, { kind: 'transient' }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, { kind: 'transient' }],
    ['400 with HTML', { status: 400, body: html }, { kind: 'permanent' }],
    ['a broken connection', 'reset', { kind: 'transient', message: expect.stringContaining('failed (') }],
    [
      'temporarily_unavailable',
      { status: 400, body: { error: 'temporarily_unavailable' } },
      { kind: 'transient' },
    ],
    ['invalid_client', { status: 401, body: { error: 'invalid_client' } }, { kind: 'config' }],
    ['unauthorized_client', { status: 400, body: { error: 'unauthorized_client' } }, { kind: 'config' }],
    ['a registration that wants a secret', entra('invalid_client', 7000218), { kind: 'config' }],
    ['an expired client secret', entra('invalid_client', 7000222), { kind: 'config' }],
  ]
  test.each(rows)('%s ends in the right kind, and nobody is called to sign in', async (_, reply, error) => {
    server.next(reply)
    const source = sourceOf(memoryTokenStore(spent()))
    await expect(source.accessToken()).rejects.toMatchObject({ plugin: 'oauth', ...error })
    expect(server.asked.length).toBe(1)
    expect(events).toEqual([])
    expect(await source.accessToken()).toBe('SECRET-access-1')
  })

  test('503 with a date says how long until then', async () => {
    const now = Date.UTC(2030, 0, 1)
    server.next({ status: 503, headers: { 'retry-after': 'Tue, 01 Jan 2030 00:05:15 GMT' } })
    const source = sourceOf(memoryTokenStore(spent()), { clock: () => new Date(now) })
    await expect(source.accessToken()).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 315_000 })
  })

  test('nothing at all ends with the time limit', async () => {
    server.next('hang')
    const source = sourceOf(memoryTokenStore(spent()), { timeoutMs: 50 })
    const message = expect.stringContaining('no answer within 50 ms')
    await expect(source.accessToken()).rejects.toMatchObject({ kind: 'transient', retryable: true, message })
    expect(server.asked.length).toBe(1)
  })

  const ends: [string, Reply, string][] = [
    ['invalid_grant', { status: 400, body: { error: 'invalid_grant' } }, 'refused'],
    [
      'invalid_rapt',
      { status: 400, body: { error: 'invalid_grant', error_subtype: 'invalid_rapt' } },
      'verification',
    ],
    ['AADSTS50173', entra('invalid_grant', 50173), 'revoked'],
    ['AADSTS700082', entra('invalid_grant', 700082), 'expired'],
    ['AADSTS700084', entra('invalid_grant', 700084), 'expired'],
    ['AADSTS50076', entra('interaction_required', 50076), 'verification'],
    ['AADSTS65001', entra('consent_required', 65001), 'consent'],
    ['AADSTS53003', entra('invalid_grant', 53003), 'blocked'],
    [
      'AADSTS in the text alone',
      { status: 400, body: { error: 'invalid_grant', error_description: 'AADSTS50173: x' } },
      'revoked',
    ],
  ]
  test.each(ends)('%s calls somebody once, and the server is not asked again', async (_, reply, reason) => {
    server.next(reply)
    const source = sourceOf(memoryTokenStore(spent()), { issuer: { ...server.issuer, name: microsoft.name } })
    const error = { kind: 'auth', retryable: false, message: expect.stringContaining('owner@example.com') }
    await expect(source.accessToken()).rejects.toMatchObject(error)
    await expect(source.accessToken()).rejects.toMatchObject(error)
    expect(server.asked.length).toBe(1)
    const hint = expect.stringMatching(/sign in/i)
    expect(events).toEqual([
      { type: 'reauth-required', provider: 'microsoft', account: 'owner@example.com', reason, hint },
    ])
  })

  test('after somebody signed in again the same source works', async () => {
    server.next({ status: 400, body: { error: 'invalid_grant' } })
    const store = memoryTokenStore(spent('old'))
    const source = sourceOf(store)
    await expect(source.accessToken()).rejects.toMatchObject({ kind: 'auth' })
    await store.write(spent())
    expect(await source.accessToken()).toBe('SECRET-access-1')
  })

  test('an empty store, and one without a refresh token, call somebody without a request', async () => {
    await expect(sourceOf(memoryTokenStore()).accessToken()).rejects.toMatchObject({ kind: 'auth' })
    const { refreshToken: _, ...rest } = spent()
    await expect(sourceOf(memoryTokenStore(rest)).accessToken()).rejects.toMatchObject({ kind: 'auth' })
    expect(events.map(({ reason }) => reason)).toEqual(['signed-out', 'no-refresh-token'])
    expect(server.asked).toEqual([])
  })
})

test('an answer that was lost after the server rotated is told as such', async () => {
  server.next('lost')
  const source = sourceOf(memoryTokenStore(spent()))
  await expect(source.accessToken()).rejects.toMatchObject({ kind: 'transient' })
  await expect(source.accessToken()).rejects.toMatchObject({
    kind: 'auth',
    message: expect.stringMatching(/lost/),
  })
  expect(events).toMatchObject([{ reason: 'lost', hint: expect.stringMatching(/Sign in again/) }])
  expect(server.asked.length).toBe(2)
})
