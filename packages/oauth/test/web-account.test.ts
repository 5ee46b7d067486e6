import { createEmulator, type Emulator } from 'emulate'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  fileTokenStore,
  google,
  memoryTokenStore,
  microsoft,
  webAccount,
  type WebAccount,
  type WebAccountOptions,
} from '../src/index.ts'
import { freePort } from './free-port.ts'
import { tokenServer, type TokenServer } from './token-server.ts'

const redirectUrl = 'https://shop.example.com/back'
let server: TokenServer

beforeEach(async () => {
  server = await tokenServer()
})
afterEach(() => server.close())

function accountOf(more: Partial<WebAccountOptions> = {}): WebAccount {
  return webAccount({
    issuer: server.issuer,
    clientId: 'shop',
    clientSecret: 'SECRET-client',
    store: memoryTokenStore(),
    account: 'owner@example.com',
    redirectUrl,
    ...more,
  })
}

/** The browser comes back with this, beside the state. */
async function comeBack(account: WebAccount, answer: Readonly<Record<string, string>> = { code: 'SECRET-code' }): Promise<void> {
  const { url, pending } = await account.begin()
  const state = new URL(url).searchParams.get('state') ?? ''
  await account.complete({ pending, callbackUrl: `${redirectUrl}?${new URLSearchParams({ state, scope: pending.scope, ...answer })}` })
}

describe('an account on a web page', () => {
  test('is connected, and its tokens are there for the provider', async () => {
    const account = accountOf()
    expect(await account.state()).toEqual({ state: 'disconnected' })
    await expect(account.tokens.accessToken()).rejects.toMatchObject({ kind: 'auth' })
    await comeBack(account)
    expect(await account.state()).toEqual({ state: 'connected' })
    expect(await account.tokens.accessToken()).toBe('SECRET-access-1')
  })

  test('asks for the account that it is meant for', async () => {
    const { url } = await accountOf().begin()
    expect(new URL(url).searchParams.get('login_hint')).toBe('owner@example.com')
    expect(new URL((await accountOf({ account: 'shop' }).begin()).url).searchParams.has('login_hint')).toBe(false)
  })

  test('is not connected when its owner refuses, or the answer is to another question', async () => {
    const account = accountOf()
    await expect(comeBack(account, { error: 'access_denied' })).rejects.toMatchObject({ kind: 'auth', message: expect.stringContaining('refused') })
    await expect(comeBack(account, { code: 'SECRET-code', state: 'x'.repeat(43) })).rejects.toMatchObject({ kind: 'auth' })
    expect(await account.state()).toEqual({ state: 'disconnected' })
    expect(server.asked).toEqual([])
  })

  test('that its owner takes back says so, and is connected again at once', async () => {
    let now = Date.now()
    const account = accountOf({ clock: () => new Date(now) })
    await comeBack(account)
    server.next({ status: 400, body: { error: 'invalid_grant' } })
    await expect(account.tokens.accessToken({ rejected: 'SECRET-access-1' })).rejects.toMatchObject({ kind: 'auth' })
    expect(await account.state()).toMatchObject({ state: 'reconnect', reason: 'refused', hint: expect.stringContaining('Sign in again') })
    now += 1000
    await comeBack(account)
    expect(await account.state()).toEqual({ state: 'connected' })
    expect(await account.tokens.accessToken()).toBe('SECRET-access-2')
  })

  test('is connected when another process signed in anew', async () => {
    let now = Date.now()
    const store = memoryTokenStore()
    const [account, other] = [accountOf({ store, clock: () => new Date(now) }), accountOf({ store, clock: () => new Date(now) })]
    await comeBack(account)
    server.next({ status: 400, body: { error: 'invalid_grant' } })
    await account.tokens.accessToken({ rejected: 'SECRET-access-1' }).catch(() => {})
    expect((await account.state()).state).toBe('reconnect')
    now += 1000
    await comeBack(other)
    expect((await account.state()).state).toBe('connected')
  })

  test('is forgotten, here and with the vendor, and its old token is not handed out any more', async () => {
    const account = accountOf()
    await comeBack(account)
    await account.tokens.accessToken()
    expect(await account.disconnect()).toEqual({ revoked: true })
    expect(server.asked.at(-1)).toMatchObject({ token: 'SECRET-refresh-1' })
    expect(await account.state()).toEqual({ state: 'disconnected' })
    await expect(account.tokens.accessToken()).rejects.toMatchObject({ kind: 'auth' })
  })

  test.each([
    ['the vendor has no way to', (): Partial<WebAccountOptions> => ({ issuer: { ...microsoft, tokenEndpoint: server.issuer.tokenEndpoint } })],
    ['the vendor cannot be reached', (): Partial<WebAccountOptions> => ({ issuer: { ...server.issuer, revocationEndpoint: 'http://127.0.0.1:9/' } })],
  ])('is forgotten here though %s', async (_, options) => {
    const account = accountOf(options())
    await comeBack(account)
    expect(await account.disconnect()).toEqual({ revoked: false })
    expect(await account.state()).toEqual({ state: 'disconnected' })
  })

  test('tells those who listen, until they have heard enough', async () => {
    const account = accountOf()
    let told = 0
    account.subscribe(() => {
      throw new Error('Out of paper.')
    })
    const end = account.subscribe(() => told++)
    await comeBack(account)
    server.next({ status: 400, body: { error: 'invalid_grant' } })
    await account.tokens.accessToken({ rejected: 'SECRET-access-1' }).catch(() => {})
    await account.disconnect()
    expect(told).toBe(3)
    end()
    await comeBack(account)
    expect(told).toBe(3)
  })

  test('needs a page to come back to', () => {
    expect(() => accountOf({ redirectUrl: 'http://shop.example.com/back' })).toThrow('redirectUrl')
  })
})

test('a file of tokens is removed with them, and removing it twice does no harm', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'backup-oauth-'))
  const store = fileTokenStore(join(folder, 'google.tokens'), { key: new Uint8Array(32).fill(3) })
  const account = accountOf({ store })
  await comeBack(account)
  expect(await readdir(folder)).toEqual(['google.tokens'])
  await account.disconnect()
  await store.remove()
  expect(await readdir(folder)).toEqual([])
  await rm(folder, { recursive: true })
})

describe('with an authorization server that others wrote', () => {
  let emulator: Emulator | undefined
  afterEach(() => emulator?.close())

  test('somebody presses the button, and the account is connected and disconnected', async () => {
    const client = { client_id: 'shop', client_secret: 'SECRET-client', name: 'Shop', redirect_uris: [redirectUrl] }
    emulator = await createEmulator({
      service: 'google',
      port: await freePort(),
      seed: { google: { users: [{ email: 'owner@gmail.com', name: 'Owner' }], oauth_clients: [client] } },
    })
    const { url: at } = emulator
    const issuer = { ...google, identifier: at, authorizationEndpoint: `${at}/o/oauth2/v2/auth`, tokenEndpoint: `${at}/oauth2/token`, revocationEndpoint: `${at}/oauth2/revoke` }
    const account = accountOf({ issuer })
    const { url, pending } = await account.begin()
    await account.complete({ pending, callbackUrl: await press(url, 'owner@gmail.com') })
    expect(await account.state()).toEqual({ state: 'connected' })
    expect(await account.tokens.accessToken()).toEqual(expect.any(String))
    expect(await account.disconnect()).toEqual({ revoked: true })
    expect(await account.state()).toEqual({ state: 'disconnected' })
  })
})

/** Opens the sign-in page and presses the button of the user; returns where the page leads. */
async function press(url: string, user: string): Promise<string> {
  const page = await (await fetch(url)).text()
  const form = page.split('<form').find((part) => part.includes(user)) ?? ''
  const fields = [...form.matchAll(/name="([^"]+)"\s+value="([^"]*)"/g)].map(
    ([, name = '', value = '']): [string, string] => [name, value.replaceAll('&amp;', '&')],
  )
  const action = /action="([^"]+)"/.exec(form)?.[1] ?? ''
  const response = await fetch(new URL(action, url), { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' })
  return response.headers.get('location') ?? ''
}
