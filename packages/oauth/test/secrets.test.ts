import { BackupError, type Timers } from '@backup/core'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  authorizationUrl,
  authorizeInBrowser,
  complete,
  deviceCode,
  fileTokenStore,
  memoryTokenStore,
  revoke,
  tokenSource,
  type PendingSignIn,
  type Tokens,
} from '../src/index.ts'
import { fakeTime } from './fake-time.ts'
import { tokenServer, type Reply, type TokenServer } from './token-server.ts'

// Every secret contains this word, and servers repeat secrets in all they say.
const word = 'SECRET'
const verifier = `${word}-verifier-${'x'.repeat(40)}`
const everything = `${word}-refresh-0 ${word}-code ${word}-client ${verifier}`
const loud = (status: number, error?: string): Reply => ({
  status,
  headers: { 'x-echo': everything, 'www-authenticate': `Basic realm="${everything}"` },
  body: {
    error,
    error_description: everything,
    error_uri: `https://x.example/${word}`,
    access_token: 7,
    [word]: word,
  },
})
const replies: Reply[] = [
  ...[
    'invalid_grant',
    'invalid_client',
    'invalid_request',
    `${word}_error`,
    'slow_down',
    'expired_token',
  ].map((error) => loud(400, error)),
  loud(200),
  loud(302),
  loud(401, 'invalid_client'),
  loud(403, 'access_denied'),
  loud(429),
  loud(500, 'server_error'),
  loud(503),
  { status: 200, body: `<html>${everything}` },
  { status: 400, body: `<html>${everything}` },
  { status: 200, body: { token_type: `${word}`, access_token: word, refresh_token: word } },
  { status: 200, body: { token_type: 'bearer', access_token: word, expires_in: word, id_token: word } },
  { status: 200, body: { token_type: 'bearer', access_token: word, scope: 'none' } },
  'reset',
  'hang',
]

let server: TokenServer
let printed: string[]
const print = (warning: Error): void => void printed.push(inspect(warning))
beforeEach(async () => {
  server = await tokenServer()
  printed = []
  for (const method of ['log', 'warn', 'error', 'info', 'debug'] as const) {
    vi.spyOn(console, method).mockImplementation((...args) => void printed.push(inspect(args)))
  }
  process.on('warning', print)
})
afterEach(async () => {
  vi.restoreAllMocks()
  process.off('warning', print)
  await server.close()
})

const tokens: Tokens = {
  accessToken: `${word}-access-0`,
  refreshToken: `${word}-refresh-0`,
  issuedAt: 0,
  expiresAt: 0,
  scopes: [],
}
const client = () => ({ issuer: server.issuer, clientId: 'shop', clientSecret: `${word}-client` })
const redirectUrl = 'https://shop.example.com/back'
const pending: PendingSignIn = {
  state: `${word}-state`,
  verifier,
  redirectUrl,
  scope: 'https://files.example/all',
}
const back = (query: Record<string, string>): string => `${redirectUrl}?${new URLSearchParams(query)}`

/** What a call throws, or nothing. */
async function thrown(call: () => Promise<unknown>): Promise<unknown> {
  return call().then(
    () => undefined,
    (error: unknown) => error,
  )
}

function expectSilent(seen: unknown): void {
  const shown = inspect(seen, { depth: 10, showHidden: true, getters: true, maxStringLength: null })
  expect(`${shown} ${JSON.stringify(seen)} ${printed.join()}`).not.toContain(word)
}

const calls: [string, (events: unknown[]) => Promise<unknown>][] = [
  [
    'a refresh',
    (events) => {
      const onReauthRequired = (event: unknown): unknown => events.push(event)
      const store = memoryTokenStore(tokens)
      return tokenSource({ ...client(), store, onReauthRequired, timeoutMs: 3_000 }).accessToken()
    },
  ],
  [
    'a code',
    () =>
      complete({
        ...client(),
        pending,
        callbackUrl: back({ state: pending.state, code: `${word}-code` }),
        timeoutMs: 3_000,
      }),
  ],
  [
    'a device code',
    () => {
      // Answers that are worth another try are followed by one that is not.
      server.next({ status: 400, body: { error: 'access_denied' } })
      const { timers } = fakeTime()
      // Pauses are short, and the 30 seconds that an answer may take are long enough for a busy machine.
      const hurried: Timers = { ...timers, setTimeout: (done, ms) => setTimeout(done, ms < 30_000 ? 50 : 3_000) }
      return deviceCode({ ...client(), show: () => {}, timers: hurried })
    },
  ],
  [
    'a sign-in in the browser',
    () => authorizeInBrowser({ ...client(), timeoutMs: 6_000, signal: AbortSignal.timeout(5_000), open }),
  ],
]

async function open(url: string): Promise<void> {
  const sent = new URL(url).searchParams
  const answer = new URLSearchParams({ state: sent.get('state') ?? '', code: `${word}-code` })
  await fetch(`${sent.get('redirect_uri')}/?${answer}`)
}

test.each(calls)('whatever the server answers to %s, no secret is shown', async (_, call) => {
  const kinds = new Set<unknown>()
  for (const reply of replies) {
    const events: unknown[] = []
    const before = server.asked.length
    server.next(reply)
    const error = await thrown(() => call(events))
    server.drop()
    expect(server.asked.length).toBeGreaterThan(before)
    expect(error === undefined || BackupError.is(error)).toBe(true)
    kinds.add(Object(error).kind)
    expectSilent([error, events])
  }
  expect(kinds).toContain('auth')
})

test('no secret is shown when the browser comes back with anything', async () => {
  const { state } = pending
  const queries = [
    { state, error: 'access_denied', error_description: everything },
    { state, error: `${word}`, error_description: everything },
    { state: `${word}-other`, code: `${word}-code` },
    { code: `${word}-code` },
    { state },
    { state, code: `${word}-code`, iss: `https://${word}.example` },
    { state, response: word },
  ]
  for (const query of queries) {
    const error = await thrown(() => complete({ ...client(), pending, callbackUrl: back(query) }))
    expect(error).toMatchObject({ plugin: 'oauth' })
    expectSilent(error)
  }
})

test('no secret is shown when an option is wrong', async () => {
  const good = client()
  const wrong = [
    () => complete({ ...good, pending: { ...pending, state: '' }, callbackUrl: word }),
    () => complete({ ...good, pending, callbackUrl: word }),
    () => complete({ ...good, clientSecret: [word] as never, pending, callbackUrl: back({}) }),
    () =>
      complete({
        ...good,
        issuer: { ...good.issuer, tokenEndpoint: `http://x.example/${word}` },
        pending,
        callbackUrl: back({}),
      }),
    () => authorizationUrl({ ...good, redirectUrl: word }),
    () => authorizeInBrowser({ ...good, open: word as never }),
    async () => tokenSource({ ...good, store: word as never }),
    async () => fileTokenStore('x', { key: [word] as never }),
    () => memoryAsFile({ ...tokens, scopes: word as never }),
  ]
  for (const call of wrong) {
    const error = await thrown(async () => call())
    expect(error).toMatchObject({ kind: 'config' })
    expectSilent(error)
  }
})

async function memoryAsFile(bad: Tokens): Promise<void> {
  await fileTokenStore('never-written', { key: new Uint8Array(32) }).write(bad)
}

test('no secret is shown when a token file is damaged or opened with another key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backup-secrets-'))
  const path = join(folder, 'tokens')
  const key = new Uint8Array(32).fill(1)
  await fileTokenStore(path, { key }).write(tokens)
  const other = await thrown(() => fileTokenStore(path, { key: `${word}-passphrase` }).read())
  const bytes = await readFile(path)
  await writeFile(path, bytes.subarray(0, -1))
  const cut = await thrown(() => fileTokenStore(path, { key }).read())
  await writeFile(path, JSON.stringify(tokens))
  const clear = await thrown(() => fileTokenStore(path, { key }).read())
  expect([other, cut, clear]).toMatchObject([{ kind: 'key' }, { kind: 'corrupt' }, { kind: 'corrupt' }])
  expectSilent([other, cut, clear])
  await rm(folder, { recursive: true })
})

test('no secret is shown when a sign-in is revoked in vain', async () => {
  server.next(loud(400, 'invalid_request'))
  const error = await thrown(() => revoke({ ...client(), tokens }))
  expect(error).toMatchObject({ kind: 'config' })
  expectSilent(error)
})
