import { createEmulator, type Emulator } from 'emulate'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import {
  authorizationUrl,
  authorizeInBrowser,
  complete,
  google,
  memoryTokenStore,
  microsoft,
  revoke,
  tokenSource,
  type Issuer,
} from '../src/index.ts'
import { freePort } from './free-port.ts'

// Authorization servers that others wrote, with a browser that is fetch.

const clientSecret = 'SECRET-client'
const redirectUrl = 'https://shop.example.com/back'
const vendors = [
  {
    service: 'google',
    base: google,
    paths: {
      authorizationEndpoint: '/o/oauth2/v2/auth',
      tokenEndpoint: '/oauth2/token',
      revocationEndpoint: '/oauth2/revoke',
    },
    user: 'owner@gmail.com',
  },
  {
    service: 'microsoft',
    base: microsoft,
    paths: {
      authorizationEndpoint: '/oauth2/v2.0/authorize',
      tokenEndpoint: '/oauth2/v2.0/token',
      revocationEndpoint: '/oauth2/v2.0/revoke',
    },
    user: 'owner@outlook.com',
  },
] as const

let emulator: Emulator | undefined
afterEach(() => emulator?.close())

describe.each(vendors)('the emulated $service', ({ service, base, paths, user }) => {
  /**
   * It knows no random ports of RFC 8252; without registered clients it takes every redirect, and any secret.
   */
  const start = async (redirectUrls: readonly string[] = []): Promise<Issuer> => {
    const port = await freePort()
    const client = {
      client_id: 'shop',
      client_secret: clientSecret,
      name: 'Shop',
      redirect_uris: redirectUrls,
    }
    const clients = redirectUrls.length > 0 && { oauth_clients: [client] }
    const seed = { [service]: { users: [{ email: user, name: 'Owner' }], ...clients } }
    emulator = await createEmulator({ service, port, seed })
    const url = emulator.url
    const entries = Object.entries(paths).map(([name, path]) => [name, `${url}${path}`])
    // It calls itself by its own URL, and sends back what was asked for.
    return { ...base, ...Object.fromEntries(entries), identifier: url }
  }

  /** Opens the sign-in page and presses the button of the user; returns where the page leads. */
  const press = async (url: string): Promise<string> => {
    const page = await (await fetch(url)).text()
    const form = page.split('<form').find((part) => part.includes(user)) ?? ''
    const fields = [...form.matchAll(/name="([^"]+)"\s+value="([^"]*)"/g)].map(
      ([, name = '', value = '']): [string, string] => [name, value.replaceAll('&amp;', '&')],
    )
    const action = /action="([^"]+)"/.exec(form)?.[1] ?? ''
    const body = new URLSearchParams(fields)
    const response = await fetch(new URL(action, url), { method: 'POST', body, redirect: 'manual' })
    return response.headers.get('location') ?? ''
  }

  test('a browser signs in, tokens are refreshed and rotated, and the port is closed', async () => {
    const issuer = await start()
    let back = ''
    const open = async (url: string): Promise<void> => {
      back = await press(url)
      const page = await fetch(back)
      expect(await page.text()).toContain('close this page')
    }
    const tokens = await authorizeInBrowser({ issuer, clientId: 'shop', clientSecret, open })
    expect(tokens.refreshToken).toEqual(expect.any(String))
    expect(tokens.expiresAt).toBeGreaterThan(Date.now() + 3_000_000)
    expect(new URL(back).hostname).toBe(issuer.loopbackHost)
    await expect(knock(Number(new URL(back).port))).rejects.toThrow('ECONNREFUSED')

    const store = memoryTokenStore(tokens)
    const source = tokenSource({ issuer, clientId: 'shop', clientSecret, store })
    const second = await source.accessToken({ rejected: tokens.accessToken })
    const third = await source.accessToken({ rejected: second })
    expect(new Set([tokens.accessToken, second, third]).size).toBe(3)
  })

  test('a host does its own redirect, and a code is good for one verifier', async () => {
    const issuer = await start([redirectUrl])
    const client = { issuer, clientId: 'shop', clientSecret }
    const first = await authorizationUrl({ ...client, redirectUrl })
    const callbackUrl = await press(first.url)
    expect(callbackUrl.startsWith(`${redirectUrl}?`)).toBe(true)
    const verifier = 'x'.repeat(43)
    const wrong = complete({ ...client, pending: { ...first.pending, verifier }, callbackUrl })
    await expect(wrong).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('invalid_grant'),
    })

    const second = await authorizationUrl({ ...client, redirectUrl })
    const pending = JSON.parse(JSON.stringify(second.pending))
    const tokens = await complete({ ...client, pending, callbackUrl: await press(second.url) })
    expect(tokens.accessToken).toEqual(expect.any(String))
  })

  test('a wrong client secret is a matter of configuration', async () => {
    const issuer = await start([redirectUrl])
    const client = { issuer, clientId: 'shop', clientSecret: 'SECRET-wrong' }
    const { url, pending } = await authorizationUrl({ ...client, redirectUrl })
    const callbackUrl = await press(url)
    await expect(complete({ ...client, pending, callbackUrl })).rejects.toMatchObject({ kind: 'config' })
  })

  test('a sign-in that was revoked has to be made again', async () => {
    const issuer = await start()
    const client = { issuer, clientId: 'shop', clientSecret }
    const open = async (url: string): Promise<unknown> => fetch(await press(url))
    const tokens = await authorizeInBrowser({ ...client, open })
    await revoke({ ...client, tokens })
    const source = tokenSource({ ...client, store: memoryTokenStore(tokens) })
    await expect(source.accessToken({ rejected: tokens.accessToken })).rejects.toMatchObject({ kind: 'auth' })
  })
})

function knock(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(void socket.destroy()))
    socket.on('error', reject)
  })
}
