import { BackupError } from '@backup/core'
import { afterEach, describe, expect, test } from 'vitest'
import { type BackupHandlerOptions, createBackupHandler, rolesOf } from '../src/index.ts'
import { type World, type WorldOptions, createWorld } from './world.ts'

let world: World | undefined
afterEach(async () => {
  await world?.close()
  world = undefined
})

async function serve(options: WorldOptions = {}): Promise<World & { send(path: string, init?: RequestInit): Promise<Response> }> {
  world = await createWorld(options)
  const { handler } = world
  return Object.assign(world, {
    send: (path: string, init: RequestInit = {}) => handler(new Request(`http://shop.test${path}`, { ...init, headers: { authorization: 'Bearer olga', ...(init.headers as object) } })),
  })
}

describe('options', () => {
  test.each<[string, Partial<BackupHandlerOptions>, key: string]>([
    ['nobody who says who asks', { authorize: undefined as never }, 'authorize'],
    ['a base that is an address', { basePath: 'https://shop.test/backup?x' }, 'basePath'],
    ['no time to confirm', { confirmMs: 0 }, 'confirmMs'],
    ['a ping that never comes', { pingMs: Number.NaN }, 'pingMs'],
    ['no body at all', { maxBodyBytes: 0 }, 'maxBodyBytes'],
    ['a text where a list of origins has to be', { origins: 'https://app.example.com' as never }, 'origins'],
    ['a browser that is none', { signInBrowser: 'every' as never }, 'signInBrowser'],
    ['a place that is allowed for ever', { allowPlace: true as never }, 'allowPlace'],
    ['a clock that shows one time', { clock: new Date() as never }, 'clock'],
    ['an account that fits no address', { accounts: { 'a/b': {} as never } }, 'accounts'],
  ])('are refused: %s', async (_, options, key) => {
    const { backup } = await serve()
    expect(() => createBackupHandler(backup, { authorize: () => false, ...options })).toThrow(expect.objectContaining({ kind: 'config', key }))
  })

  test.each([
    ['https://app.example.com/', 'has a slash behind it'],
    ['https://app.example.com/shop', 'has a path'],
    ['https://app.example.com?shop', 'has a path'],
    ['*', 'has a "*"'],
    ['https://*.example.com', 'has a "*"'],
    ['app.example.com', 'is not a scheme, "://" and a host'],
    ['null', 'is not a scheme, "://" and a host'],
    ['', 'is not a scheme, "://" and a host'],
    ['https://anna@app.example.com', 'is not a scheme, "://" and a host'],
    ['https://app.example.com:443', 'is sent as "https://app.example.com"'],
    ['https://App.example.com', 'is sent as "https://app.example.com"'],
    ['Tauri://localhost', 'is sent as "tauri://localhost"'],
    [undefined, 'is no text'],
  ])('say of an origin that none is what is wrong with it: %j', async (origin, flaw) => {
    const { backup } = await serve()
    const options: BackupHandlerOptions = { authorize: () => false, origins: ['tauri://localhost', origin as string] }
    expect(() => createBackupHandler(backup, options)).toThrow(expect.objectContaining({ kind: 'config', key: 'origins', message: expect.stringContaining(flaw) }))
  })

  test.each(['https://app.example.com', 'http://localhost:5173', 'http://[::1]:3000', 'tauri://localhost', 'chrome-extension://abcdef'])('take %s as an origin', async (origin) => {
    const { backup } = await serve()
    expect(() => createBackupHandler(backup, { authorize: () => false, origins: [origin] }).close()).not.toThrow()
  })

  test('that are undefined, as those of an environment without them, have their defaults', async () => {
    const options = { origins: undefined, allowPlace: undefined, clock: undefined, onError: undefined, accounts: undefined, confirmMs: undefined, signInBrowser: undefined }
    const { handler } = await serve(options as never)
    const send = (path: string, init: RequestInit): Promise<Response> => handler(new Request(`http://shop.test/api/backup${path}`, init))
    const headers = { authorization: 'Bearer olga', origin: 'https://evil.example', 'content-type': 'application/json' }
    const asked = await send('/backups', { method: 'OPTIONS', headers: { ...headers, 'access-control-request-method': 'POST' } })
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, null])
    expect((await send('/backups', { method: 'POST', headers })).status).toBe(403)
    const elsewhere = { method: 'POST', headers: { ...headers, origin: 'http://shop.test' }, body: '{"snapshot":"latest","to":"trial-1"}' }
    expect((await send('/restore-plans', elsewhere)).status).toBe(403)
    expect((await send('/schedule', { headers })).status).toBe(200)
  })

  test('are refused without a backup', () => {
    expect(() => createBackupHandler(undefined as never, { authorize: () => false })).toThrow('createBackup()')
  })
})

test.each([
  ['/api/backup', '/api/backup'],
  ['api/backup/', '/api/backup'],
  ['/', ''],
  ['', ''],
  ['/tenants/7/backup', '/tenants/7/backup'],
])('base path %j answers at %j', async (basePath, at) => {
  const { send } = await serve({ basePath })
  expect((await send(`${at}/session`)).status).toBe(200)
  expect((await send(`${at}/session/`)).status).toBe(200)
  expect((await send('/elsewhere/session')).status).toBe(404)
  const { headers } = await send(`${at}/backups`, { method: 'POST' })
  expect(headers.get('location')).toMatch(new RegExp(`^${at}/jobs/[0-9a-f]{16}$`))
})

describe('who asks', () => {
  test.each(Object.entries(rolesOf))('as %s may %j', async (role, actions) => {
    const { send } = await serve({ authorize: () => ({ actor: 'anna', role: role as never }) })
    expect(await (await send('/api/backup/session')).json()).toMatchObject({ actor: 'anna', can: actions })
  })

  test('may have single actions, beside a role', async () => {
    const { send } = await serve({ authorize: () => ({ actor: 'anna', role: 'viewer', can: ['delete'] }) })
    expect(await (await send('/api/backup/session')).json()).toMatchObject({ can: ['read', 'delete'] })
  })

  test.each([
    ['without a name', { actor: '', role: 'owner' }],
    ['without anything that it may', { actor: 'anna' }],
    ['with a role that is none', { actor: 'anna', role: 'king' }],
    ['with an action that is none', { actor: 'anna', can: ['fly'] }],
  ])('is let in by no mistake: %s', async (_, grant) => {
    const { send, errors } = await serve({ authorize: () => grant as never })
    const response = await send('/api/backup/session')
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([500, 'internal'])
    expect(errors).toMatchObject([{ kind: 'config', key: 'authorize' }])
  })

  test('is told nothing when that cannot be found out, and the program is told all', async () => {
    const authorize = async (): Promise<never> => {
      throw new Error('no connection to redis://:SECRET@cache')
    }
    const { send, errors } = await serve({ authorize })
    const response = await send('/api/backup/session')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('SECRET')
    expect(errors).toMatchObject([{ message: expect.stringContaining('SECRET') }])
  })

  test('gets an answer though nobody can be told what failed', async () => {
    const fail = (): never => {
      throw new Error('Out of paper.')
    }
    const { send } = await serve({ authorize: fail, onError: fail })
    expect((await send('/api/backup/session')).status).toBe(500)
  })

  test('is known by the action that is asked for', async () => {
    const seen: string[] = []
    const { send } = await serve({ authorize: (_, action) => (seen.push(action), { actor: 'anna', role: 'owner' }) })
    await send('/api/backup/snapshots')
    await send('/api/backup/backups', { method: 'POST' })
    await send('/api/backup/restore-plans', { method: 'POST', body: '{"snapshot":"latest"}', headers: { 'content-type': 'application/json' } })
    await send('/api/backup/schedule/backup/run', { method: 'POST' })
    await send('/api/backup/schedule/prune/run', { method: 'POST' })
    expect(seen).toEqual(['read', 'run', 'restore', 'run', 'delete'])
  })
})

describe('pages of other origins', () => {
  const shell = 'tauri://localhost'

  test('that are trusted are let through by their browsers', async () => {
    const { send } = await serve({ origins: [shell] })
    const asked = await send('/api/backup/restores', {
      method: 'OPTIONS',
      headers: { origin: shell, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization, content-type' },
    })
    expect(asked.status).toBe(204)
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': shell,
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-allow-methods': 'GET, POST',
    })
    expect((await send('/api/backup/session', { headers: { origin: shell } })).headers.get('access-control-allow-origin')).toBe(shell)
  })

  test('that are not get no leave to read', async () => {
    const { send } = await serve({ origins: [shell] })
    const { headers } = await send('/api/backup/session', { headers: { origin: 'https://evil.example' } })
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  test('are told apart by host, behind a proxy that ends TLS too', async () => {
    const { send } = await serve()
    const from = (origin: string, host: string): Promise<Response> => send('/api/backup/backups', { method: 'POST', headers: { origin, host } })
    expect((await from('https://shop.example.com', 'shop.example.com')).status).toBe(202)
    expect((await from('https://shop.example.com.evil.example', 'shop.example.com')).status).toBe(403)
    expect((await from('https://shop.example.com:8443', 'shop.example.com')).status).toBe(403)
  })
})

test('failures of the backup have the kind of the error, what to do, and when to come again', async () => {
  const { send, backup } = await serve()
  Object.assign(backup, {
    diff: async () => {
      throw new BackupError('throttled', 'The provider asks for fewer requests.', { retryAfterMs: 1500, plugin: 'gdrive' })
    },
  })
  const response = await send('/api/backup/diff?from=a&to=b')
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await response.json()).toEqual({
    type: 'https://github.com/backup/backup/tree/main/packages/http#problem-failed',
    title: 'Failed',
    status: 503,
    detail: 'The provider asks for fewer requests.',
    code: 'failed',
    kind: 'throttled',
    hint: 'Wait and try again; lower the concurrency if it keeps happening.',
    retryable: true,
    retryAfterMs: 1500,
  })
})

test('a failure of a kind that a newer core has is no success', async () => {
  const { send, backup, errors } = await serve()
  const error = Object.assign(new BackupError('permanent', 'The moon is in the way.'), { kind: 'eclipse' })
  Object.assign(backup, { diff: () => Promise.reject(error) })
  const response = await send('/api/backup/diff?from=a&to=b')
  expect([response.status, response.headers.get('content-type')]).toEqual([500, 'application/problem+json'])
  expect(await response.json()).toMatchObject({ status: 500, code: 'failed', kind: 'eclipse', detail: 'The moon is in the way.' })
  expect(errors).toEqual([error])
})

test('a body is not read beyond its limit, though nobody said how long it is', async () => {
  const { send } = await serve({ maxBodyBytes: 1000 })
  let sent = 0
  let isCancelled = false
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 500
      controller.enqueue(new Uint8Array(500).fill(32))
    },
    cancel: () => void (isCancelled = true),
  })
  const response = await send('/api/backup/backups', { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } } as RequestInit)
  expect(response.status).toBe(413)
  expect(isCancelled).toBe(true)
  expect(sent).toBeLessThan(10_000)
})

test('a reader of events that does not read is let go, and catches up when it comes again', async () => {
  const { handler, send } = await serve()
  const response = await send('/api/backup/events/stream')
  for (let n = 0; n < 600; n++) handler.changed('settings')
  const text = await response.text()
  const last = [...text.matchAll(/^id: (.*)$/gm)].at(-1)![1]!
  const count = text.split('event: changed').length - 1
  expect(count).toBeLessThan(600)
  const again = await send('/api/backup/events/stream', { headers: { 'last-event-id': last } })
  handler.close()
  expect((await again.text()).split('event: changed').length - 1).toBe(600 - count)
})
