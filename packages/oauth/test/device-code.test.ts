import { afterEach, beforeEach, expect, test } from 'vitest'
import { deviceCode, google, microsoft, type DevicePrompt } from '../src/index.ts'
import { fakeTime, type FakeTime } from './fake-time.ts'
import { tokenServer, type Reply, type TokenServer } from './token-server.ts'

let server: TokenServer
let time: FakeTime
beforeEach(async () => {
  server = await tokenServer(microsoft)
  time = fakeTime()
})
afterEach(() => server.close())

const pending: Reply = { status: 400, body: { error: 'authorization_pending' } }
const slowDown: Reply = { status: 403, body: { error: 'slow_down' } }
const signIn = (signal?: AbortSignal, prompts: DevicePrompt[] = []) =>
  deviceCode({
    issuer: server.issuer,
    clientId: 'shop',
    show: (prompt) => prompts.push(prompt),
    timers: time.timers,
    clock: time.clock,
    ...(signal && { signal }),
  })

test('shows the code, asks at the interval of the server, and returns tokens', async () => {
  // Google answers with 428 while it waits.
  server.next(pending, { status: 428, body: { error: 'authorization_pending' } })
  const prompts: DevicePrompt[] = []
  const begun = time.clock().getTime()
  expect(await signIn(undefined, prompts)).toMatchObject({
    accessToken: 'SECRET-access-1',
    refreshToken: 'SECRET-refresh-1',
    scopes: ['Files.ReadWrite.AppFolder', 'offline_access'],
  })
  const verificationUrl = expect.stringMatching(/\/enter$/)
  expect(prompts).toEqual([{ userCode: 'WDJB-MJHT', verificationUrl, expiresAt: begun + 1_800_000 }])
  expect(time.waits).toEqual([5000, 5000, 5000])
  expect(server.asked[0]).toMatchObject({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: 'SECRET-device',
    client_id: 'shop',
  })
})

test('slow_down adds five seconds for good', async () => {
  server.next(slowDown, pending, slowDown)
  await signIn()
  expect(time.waits).toEqual([5000, 10_000, 10_000, 15_000])
})

test('goes on through broken connections, failures of the server and Retry-After', async () => {
  server.next('reset', { status: 502, body: '<html>' }, { status: 429, headers: { 'retry-after': '9' } })
  await signIn()
  expect(time.waits).toEqual([5000, 10_000, 10_000, 19_000])
})

test('ends when the code expires, by the word of the server and by the clock', async () => {
  server.next({ status: 400, body: { error: 'expired_token' } })
  await expect(signIn()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('in time') })
  server.next(...Array.from({ length: 400 }, () => pending))
  await expect(signIn()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('in time') })
  // 1800 seconds, one request each five; the first sign-in made one.
  expect(server.asked.length).toBe(1 + 359)
})

test('ends at once when the user refuses', async () => {
  server.next({ status: 400, body: { error: 'access_denied' } })
  await expect(signIn()).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('refused') })
  expect(server.asked.length).toBe(1)
})

test('ends when the caller has waited long enough', async () => {
  const abort = new AbortController()
  server.next(pending, pending, pending, pending)
  const timers = { ...time.timers, setTimeout: () => setTimeout(() => abort.abort(), 1) }
  const options = { issuer: server.issuer, clientId: 'shop', show: () => {}, timers, signal: abort.signal }
  await expect(deviceCode(options)).rejects.toMatchObject({ kind: 'cancelled' })
})

test('a vendor without device codes is a matter of configuration', async () => {
  const { deviceEndpoint: _, ...issuer } = google
  const made = deviceCode({ issuer, clientId: 'shop', show: () => {} })
  await expect(made).rejects.toMatchObject({ kind: 'config', key: 'issuer.deviceEndpoint' })
})
