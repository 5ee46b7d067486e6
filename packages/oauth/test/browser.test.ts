import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { authorizeInBrowser, google, microsoft, type BrowserOptions } from '../src/index.ts'
import { tokenServer, type TokenServer } from './token-server.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((found) =>
  found?.some(({ address }) => address === '::1'),
)

let server: TokenServer
let redirectUrl: URL
beforeEach(async () => {
  server = await tokenServer()
})
afterEach(() => server.close())

/** A browser that comes back with what `answer` makes of the parameters it was sent with. */
const browser =
  (answer: (sent: URLSearchParams) => Record<string, string>) =>
  async (url: string): Promise<string> => {
    const sent = new URL(url).searchParams
    redirectUrl = new URL(sent.get('redirect_uri') ?? '')
    server.challenges.set('SECRET-code', sent.get('code_challenge') ?? '')
    const back = new URL(redirectUrl)
    back.search = new URLSearchParams(answer(sent)).toString()
    return (await fetch(back)).text()
  }
const stateOf = (sent: URLSearchParams): { state: string } => ({ state: sent.get('state') ?? '' })
const consents = browser((sent) => ({ ...stateOf(sent), code: 'SECRET-code' }))
const signIn = (more: Partial<BrowserOptions>) =>
  authorizeInBrowser({ issuer: server.issuer, clientId: 'shop', open: consents, ...more })

test('the page that ends it can be closed, and loads nothing from elsewhere', async () => {
  let page = ''
  await signIn({ open: async (url) => void (page = await consents(url)) })
  expect(page).toContain('close this page')
  expect(page).not.toMatch(/https?:|<script/)
  await expectClosed()
})

test('sends what each vendor wants, with PKCE', async () => {
  let sent = new URLSearchParams()
  const open = (url: string): Promise<string> => {
    sent = new URL(url).searchParams
    return consents(url)
  }
  await signIn({ open, loginHint: 'owner@example.com' })
  expect(Object.fromEntries(sent)).toMatchObject({
    response_type: 'code',
    client_id: 'shop',
    redirect_uri: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    scope: 'https://www.googleapis.com/auth/drive.file',
    access_type: 'offline',
    prompt: 'consent',
    code_challenge_method: 'S256',
    login_hint: 'owner@example.com',
  })
  expect(server.asked).toMatchObject([
    { grant_type: 'authorization_code', code: 'SECRET-code', redirect_uri: redirectUrl.origin },
  ])
  await signIn({ open, issuer: { ...server.issuer, ...loopbackOf(microsoft) } })
  expect(sent.get('redirect_uri')).toMatch(/^http:\/\/localhost:\d+$/)
})

test('a browser that takes localhost for an IPv6 address comes back as well', async () => {
  const open = async (url: string): Promise<void> => {
    const sent = new URL(url).searchParams
    const back = new URL(sent.get('redirect_uri') ?? '')
    if (hasIpv6) back.hostname = '[::1]'
    back.search = String(new URLSearchParams({ ...stateOf(sent), code: 'any' }))
    expect((await fetch(back)).status).toBe(200)
  }
  const issuer = { ...server.issuer, ...loopbackOf(microsoft) }
  expect(await signIn({ open, issuer })).toMatchObject({ accessToken: 'SECRET-access-1' })
})

test('a browser that asks for an icon first does no harm', async () => {
  const open = async (url: string): Promise<void> => {
    const icon = new URL('/favicon.ico', new URL(url).searchParams.get('redirect_uri') ?? '')
    expect((await fetch(icon)).status).toBe(404)
    await consents(url)
  }
  expect(await signIn({ open })).toMatchObject({ accessToken: 'SECRET-access-1' })
})

test.each([
  ['the user refuses', browser((sent) => ({ ...stateOf(sent), error: 'access_denied' })), 'refused'],
  ['the state is another', browser(() => ({ state: 'other', code: 'SECRET-code' })), 'does not belong'],
  ['the state is missing', browser(() => ({ code: 'SECRET-code' })), 'does not belong'],
  ['the code is missing', browser(stateOf), 'does not belong'],
  [
    'another server answers',
    browser((sent) => ({ ...stateOf(sent), code: 'SECRET-code', iss: 'https://evil.example' })),
    'does not belong',
  ],
])(
  'when %s, it is an error of kind auth, no code is exchanged, and the port is closed',
  async (_, open, why) => {
    await expect(signIn({ open })).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining(why),
    })
    expect(server.asked).toEqual([])
    await expectClosed()
  },
)

test('a box that was left unticked is told at once', async () => {
  server.next({ status: 200, body: { access_token: 'SECRET', token_type: 'bearer', scope: 'openid' } })
  await expect(signIn({})).rejects.toMatchObject({ kind: 'auth', hint: expect.stringContaining('ticked') })
})

test('nobody comes: it ends with the time limit, and the port is closed', async () => {
  const open = (url: string): void =>
    void (redirectUrl = new URL(new URL(url).searchParams.get('redirect_uri') ?? ''))
  await expect(signIn({ open, timeoutMs: 30 })).rejects.toMatchObject({ kind: 'auth' })
  await expectClosed()
})

test('the caller gives up, before and during the exchange, and the port is closed', async () => {
  const before = new AbortController()
  const open = (url: string): void => {
    redirectUrl = new URL(new URL(url).searchParams.get('redirect_uri') ?? '')
    before.abort()
  }
  await expect(signIn({ open, signal: before.signal })).rejects.toMatchObject({ kind: 'cancelled' })
  await expectClosed()

  const during = new AbortController()
  server.next('hang')
  const exchanging = signIn({ signal: during.signal })
  const watch = setInterval(() => server.asked.length > 0 && during.abort(), 5)
  await expect(exchanging).rejects.toMatchObject({ kind: 'cancelled' })
  clearInterval(watch)
  expect(server.asked.length).toBe(1)
  await expectClosed()
})

test('a browser that cannot be opened is told without the URL', async () => {
  const open = (url: string): never => {
    redirectUrl = new URL(new URL(url).searchParams.get('redirect_uri') ?? '')
    throw new Error(`spawn ${url}`)
  }
  const error = { kind: 'config', key: 'open', hint: expect.stringContaining('deviceCode') }
  await expect(signIn({ open })).rejects.toMatchObject(error)
  await expectClosed()
})

test.each([
  [{ clientId: '' }, 'clientId'],
  [{ clientSecret: '' }, 'clientSecret'],
  [{ scopes: [] }, 'scopes'],
  [{ timeoutMs: 0 }, 'timeoutMs'],
  [{ issuer: { ...google, tokenEndpoint: 'http://example.com/token' } }, 'issuer.tokenEndpoint'],
])('%j is refused', async (options, key) => {
  await expect(signIn(options)).rejects.toMatchObject({ kind: 'config', key })
})

function loopbackOf({ loopbackHost }: typeof microsoft): Pick<typeof microsoft, 'loopbackHost'> {
  return { loopbackHost }
}

async function expectClosed(): Promise<void> {
  const knock = new Promise((resolve, reject) => {
    const socket = connect(Number(redirectUrl.port), '127.0.0.1', () => resolve(socket.destroy()))
    socket.on('error', reject)
  })
  await expect(knock).rejects.toMatchObject({ code: 'ECONNREFUSED' })
}
