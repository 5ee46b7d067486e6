import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { certificate } from '../wire/index.ts'
import { fakeMicrosoft, type FakeMicrosoft } from './index.ts'

// What rclone does not ask for.

const tls = await certificate()
setDefaultCACertificates([...getCACertificates('default'), tls.cert])

const unit = 320 * 1024
const day = 86_400_000
let now = Date.UTC(2031, 0, 1)
let fake: FakeMicrosoft
let token: string

const start = async (kind: 'personal' | 'business' = 'personal'): Promise<void> => {
  fake = await fakeMicrosoft({ tls, kind, now: () => now, totalBytes: 100 * unit })
  token = fake.signIn.grant().accessToken
}

beforeEach(() => start())
afterEach(() => fake.server.close())

const graph = async (method: string, path: string, body?: object | string, headers = {}): Promise<Response> =>
  fetch(`${fake.graphUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })

const session = async (path = 'large', item = {}, more = {}): Promise<string> => {
  const answer = await graph('POST', `/me/drive/root:/${path}:/createUploadSession`, { item, ...more })
  return ((await answer.json()) as { uploadUrl: string }).uploadUrl
}

const send = async (url: string, first: number, bytes: number, total: number): Promise<Response> =>
  fetch(url, {
    method: 'PUT',
    headers: { 'content-range': `bytes ${first}-${first + bytes - 1}/${total}` },
    body: Buffer.alloc(bytes),
  })

const codeOf = async (answer: Response): Promise<string> => {
  const { error } = (await answer.json()) as { error: { code: string; innerError: { code?: string } } }
  return [answer.status, error.code, error.innerError.code].join(' ').trim()
}

describe('an upload session', () => {
  test('says where it goes on, lives longer with each part, and ends with the item', async () => {
    const url = await session()
    const first = await send(url, 0, unit, 2 * unit)
    expect(first.status).toBe(202)
    expect(await first.json()).toMatchObject({ nextExpectedRanges: [`${unit}-`] })
    now += day - 1_000
    const last = await send(url, unit, unit, 2 * unit)
    expect([last.status, await last.json()]).toMatchObject([201, { name: 'large', size: 2 * unit }])
    expect((await fetch(url)).status).toBe(404)
  })

  test('refuses parts out of order, of another length or total, and those that are too large', async () => {
    const url = await session()
    await send(url, 0, unit, 3 * unit)
    expect(await codeOf(await send(url, 0, unit, 3 * unit))).toBe('416 invalidRange fragmentOverlap')
    expect(await codeOf(await send(url, 2 * unit, unit, 3 * unit))).toBe(
      '416 invalidRange fragmentOutOfOrder',
    )
    expect(await codeOf(await send(url, unit, unit, 4 * unit))).toBe('400 invalidRequest invalidRange')
    const short = { method: 'PUT', headers: { 'content-range': 'bytes 0-9/10' }, body: 'four' }
    expect(await codeOf(await fetch(url, short))).toBe('400 invalidRequest fragmentLengthMismatch')
    const huge = await send(await session('huge'), 0, 60 * 1024 * 1024, 60 * 1024 * 1024)
    expect(await codeOf(huge)).toBe('413 invalidRequest maxFragmentLengthExceeded')
  })

  test('whose parts are no multiples of 320 KiB says so after the last one only', async () => {
    const url = await session()
    expect((await send(url, 0, unit + 1, 2 * unit)).status).toBe(202)
    expect(await codeOf(await send(url, unit + 1, unit - 1, 2 * unit))).toBe(
      '400 invalidRequest invalidRange',
    )
    expect(fake.items.files()).toEqual([])
  })

  test('survives a full drive, and goes on when there is room', async () => {
    const url = await session()
    fake.quota.total = unit
    await send(url, 0, unit, 2 * unit)
    expect(await codeOf(await send(url, unit, unit, 2 * unit))).toBe('507 quotaLimitReached')
    fake.quota.total = 3 * unit
    expect((await send(url, unit, unit, 2 * unit)).status).toBe(201)
  })

  test('waits to be committed when it was asked to', async () => {
    const url = await session('deferred', {}, { deferCommit: true })
    expect((await send(url, 0, unit, unit)).status).toBe(202)
    expect(fake.items.files()).toEqual([])
    const committed = await graph('PUT', '/me/drive/root:/deferred', { '@microsoft.graph.sourceUrl': url })
    expect(committed.status).toBe(201)
  })

  test('is ended by DELETE and by time, and takes no token', async () => {
    const [one, two, three] = [await session('a'), await session('b'), await session('c')]
    expect((await fetch(one, { method: 'DELETE' })).status).toBe(204)
    expect((await fetch(one)).status).toBe(404)
    now += day + 1
    expect((await fetch(two)).status).toBe(404)
    const leak = await fetch(three, { headers: { authorization: 'Bearer x' } })
    expect([leak.status, fake.leaks()]).toEqual([401, 1])
  })

  test.each([
    ['fail', 409, ['there']],
    ['replace', 200, ['there']],
    ['rename', 201, ['there', 'there 1']],
  ])('told to %s answers %i where something has the name', async (behavior, status, names) => {
    await graph('PUT', '/me/drive/root:/there:/content', 'first')
    const url = await session('THERE', { '@microsoft.graph.conflictBehavior': behavior })
    expect((await send(url, 0, unit, unit)).status).toBe(status)
    expect(fake.items.files().map(({ name }) => name.toLowerCase())).toEqual(names)
  })

  test('that is left keeps its name from others on Business alone', async () => {
    await session()
    expect(await session()).toMatch(/^https:/)
    await fake.server.close()
    await start('business')
    await session()
    expect(await codeOf(await graph('POST', '/me/drive/root:/large:/createUploadSession', {}))).toBe(
      '409 nameAlreadyExists',
    )
  })
})

describe('items', () => {
  test('are reached by path and id, whatever the case, by names that OneDrive takes', async () => {
    await graph('PUT', '/me/drive/special/approot:/a%20b/c%231.txt:/content', 'text')
    const item = (await (await graph('GET', '/me/drive/special/approot:/A%20B/C%231.TXT')).json()) as {
      id: string
    }
    expect((await graph('GET', `/drives/${fake.driveId}/items/${item.id}`)).status).toBe(200)
    for (const name of ['a%22b', 'con', 'a.', '%20a', '~a', 'x_vti_y']) {
      expect(await codeOf(await graph('PUT', `/me/drive/root:/${name}:/content`, 'text'))).toBe(
        '400 invalidRequest invalidPath',
      )
    }
    expect(await codeOf(await graph('GET', `/me/drive/root:/${'p/'.repeat(201)}x`))).toBe(
      '400 invalidRequest pathIsTooLong',
    )
  })

  test('are not changed with an old tag, and count twice on Business', async () => {
    await fake.server.close()
    await start('business')
    const put = await graph('PUT', '/me/drive/root:/a:/content', 'text')
    const { id, eTag } = (await put.json()) as { id: string; eTag: string }
    expect(
      (await graph('PATCH', `/me/drive/items/${id}`, { fileSystemInfo: {} }, { 'if-match': eTag })).status,
    ).toBe(200)
    expect(fake.quota.used()).toBe(8)
    expect(await codeOf(await graph('PATCH', `/me/drive/items/${id}`, {}, { 'if-match': eTag }))).toBe(
      '412 resourceModified',
    )
    fake.switches.locked.add(id)
    expect(await codeOf(await graph('DELETE', `/me/drive/items/${id}`))).toBe('423 resourceLocked')
  })

  test('are told by delta, which begins anew with a token of another time', async () => {
    await graph('PUT', '/me/drive/root:/a:/content', 'text')
    const page = (await (await graph('GET', '/me/drive/root/delta')).json()) as Record<string, unknown>
    expect((page['value'] as unknown[]).length).toBe(2)
    const link = new URL(String(page['@odata.deltaLink']))
    const next = await graph('GET', `${link.pathname.slice('/v1.0'.length)}${link.search}`)
    expect(await next.json()).toMatchObject({ value: [] })
    expect(await codeOf(await graph('GET', '/me/drive/root/delta?token=old'))).toBe(
      '410 resyncRequired resyncApplyDifferences',
    )
  })

  test('are downloaded from an address that ends', async () => {
    await graph('PUT', '/me/drive/root:/a:/content', 'text')
    const address = (await graph('GET', '/me/drive/root:/a:/content')).headers.get('location') ?? ''
    expect(await (await fetch(address)).text()).toBe('text')
    expect((await fetch(address, { headers: { range: 'bytes=9-' } })).status).toBe(416)
    now += 3_600_001
    expect((await fetch(address)).status).toBe(401)
  })
})

test.each([
  [50, 'normal'],
  [91, 'nearing'],
  [100, 'critical'],
  [101, 'exceeded'],
])('a drive that is full to %i parts of 100 is %s', async (parts, state) => {
  fake.quota.total = 100
  fake.items.write(fake.items.root, 'a', Buffer.alloc(parts))
  expect(await (await graph('GET', '/me/drive')).json()).toMatchObject({ quota: { state, used: parts } })
})

test('a pause that is ignored gets longer', async () => {
  fake.throttle.start({ seconds: 10 })
  const after = async (): Promise<string | null> =>
    (await graph('GET', '/me/drive')).headers.get('retry-after')
  expect(await after()).toBe('10')
  now += 10_001
  expect(await after()).toBeNull()
  fake.throttle.start({ seconds: 10 })
  await after()
  now += 5_000
  expect(await after()).toBe('20')
  expect(fake.throttle.ignored()).toBe(1)
})

describe('the sign-in', () => {
  const ask = async (form: Record<string, string>): Promise<Record<string, unknown>> => {
    const answer = await fetch(fake.tokenUrl, { method: 'POST', body: new URLSearchParams(form) })
    return (await answer.json()) as Record<string, unknown>
  }

  test('gives another refresh token each time, and takes the old one for 90 days', async () => {
    const { refreshToken } = fake.signIn.grant()
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const first = await ask(form)
    expect(first['refresh_token']).not.toBe(refreshToken)
    now += 89 * day
    expect(await ask(form)).toHaveProperty('access_token')
    now += 2 * day
    expect(await ask(form)).toMatchObject({ error: 'invalid_grant', error_codes: [700082] })
  })

  test('makes a device wait, and ask less often', async () => {
    fake.signIn.deviceAnswers = ['authorization_pending', 'slow_down', 'granted']
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' }
    const answers = [await ask(form), await ask(form), await ask(form)]
    expect(answers.map(({ error }) => error)).toEqual(['authorization_pending', 'slow_down', undefined])
  })

  test('ends access tokens after an hour', async () => {
    expect((await graph('GET', '/me/drive')).status).toBe(200)
    now += 3_600_001
    expect(await codeOf(await graph('GET', '/me/drive'))).toBe('401 InvalidAuthenticationToken')
  })
})
