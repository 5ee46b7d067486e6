import { createServer, type AddressInfo } from 'node:net'
import type { HttpListener } from '@backup-internal/fakes/listeners'
import { certificate, type Answer, fakeServer, type Fault } from '@backup-internal/fakes/wire'
import type { Notifier } from '@backup/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { discord, ntfy, slack, webhook } from '../src/index.ts'
import { failure, printed, quick, raised, receiver, tell } from './fixture.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const key = 'k3y-of-the-webhook'
const common = { name: 'iron-store', gatherMs: 0, timers: quick }

interface Receiver {
  readonly name: string
  readonly make: (origin: string) => Notifier
  readonly taken: Answer
}

const receivers: readonly Receiver[] = [
  {
    name: 'webhook',
    taken: { status: 204 },
    make: (origin) => webhook({ url: `${origin}/${key}`, secret, timers: quick }),
  },
  {
    name: 'slack',
    taken: { status: 200, body: 'ok' },
    make: (origin) => slack({ ...common, url: `${origin}/services/${key}` }),
  },
  {
    name: 'discord',
    taken: { status: 200, body: { id: '1' } },
    make: (origin) => discord({ ...common, url: `${origin}/api/webhooks/1/${key}` }),
  },
  {
    name: 'ntfy',
    taken: { status: 200, body: { id: '1', event: 'message' } },
    make: (origin) => ntfy({ ...common, server: origin, topic: key, token: key }),
  },
]

/** Goes wrong the first `times`. */
function fails(server: HttpListener, fault: Fault, times = Infinity): void {
  let left = times
  server.fail(() => (left-- > 0 ? fault : undefined))
}

function expectNoSecret(error: unknown): void {
  expect(printed(error)).not.toContain(key)
  expect(printed(error)).not.toContain(secret)
}

describe.each(receivers)('$name', ({ make, taken }) => {
  test.each<[string, Fault]>([
    ['500', { status: 500 }],
    ['503', { status: 503, body: 'later' }],
    ['a broken connection', 'reset'],
    ['no answer', 'silence'],
    [
      'an answer that stops in its middle',
      { alter: () => ({ status: 200, headers: { 'content-length': '99' }, body: '' }) },
    ],
    ['429', { status: 429, headers: { 'retry-after': '2' } }],
  ])('delivers in the end after %s', async (_, fault) => {
    const server = await receiver(() => taken)
    fails(server, fault, 1)
    await tell(make(server.origin), raised())
    expect(server.faults()).toBe(1)
    expect(server.arrived.length).toBeGreaterThan(1)
  })

  test('waits as long as it is asked to', async () => {
    const server = await receiver(() => taken)
    const at: number[] = []
    server.fail(() =>
      at.push(quick.now()) === 1 ? { status: 429, headers: { 'retry-after': '8' } } : undefined,
    )
    await tell(make(server.origin), raised())
    expect(at.length).toBeGreaterThan(1)
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(8000)
  })

  test.each<[number, string]>([
    [400, 'permanent'],
    [401, 'auth'],
    [403, 'auth'],
    [404, 'config'],
    [410, 'config'],
    [413, 'permanent'],
  ])('says what %i means, once, without secrets', async (status, kind) => {
    const server = await receiver(() => taken)
    fails(server, { status, body: `refused: ${key}` })
    const error = await failure(tell(make(server.origin), raised()))
    expect(error).toMatchObject({ kind, message: expect.stringContaining(`status ${status}`) })
    expect(server.faults()).toBe(1)
    expectNoSecret(error)
  })

  test.each([301, 302, 307, 308])('does not follow a redirect: %i', async (status) => {
    const elsewhere = await receiver(() => taken)
    const server = await receiver(() => taken)
    fails(server, { status, headers: { location: `${elsewhere.origin}/${key}` } })
    const error = await failure(tell(make(server.origin), raised()))
    expect(error).toMatchObject({ kind: 'config', message: expect.stringContaining('leads elsewhere') })
    expect(server.faults()).toBe(1)
    expect(elsewhere.arrived).toEqual([])
    expectNoSecret(error)
  })

  test('tells why it was not delivered in time, without secrets', async () => {
    const server = await receiver(() => taken)
    fails(server, { status: 502, body: key })
    const error = await failure(tell(make(server.origin), raised()))
    expect(error).toMatchObject({ kind: 'transient', message: expect.stringContaining('status 502') })
    expect(server.faults()).toBeGreaterThan(2)
    expectNoSecret(error)
  })

  test('is transient when nobody is there', async () => {
    const server = await receiver(() => taken)
    const notifier = make(server.origin)
    await server.close()
    const error = await failure(tell(notifier, raised()))
    expect(error).toMatchObject({
      kind: 'transient',
      message: expect.stringContaining('out of reach (ECONNREFUSED)'),
    })
    expectNoSecret(error)
  })

  test('lets go when its caller does', async () => {
    let gone = 0
    const sockets = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .on('close', () => gone++)
          .resume(),
    )
    await new Promise<void>((resolve) => sockets.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void sockets.close())
    const notifier = make(`http://127.0.0.1:${(sockets.address() as AddressInfo).port}`)
    const caller = new AbortController()
    const waiting = quick.settle(notifier.notify(raised(), { signal: caller.signal }))
    waiting.catch(() => {})
    await expect
      .poll(
        () =>
          sockets.listening && new Promise((resolve) => sockets.getConnections((_, count) => resolve(count))),
      )
      .toBe(1)
    caller.abort()
    await expect(waiting).rejects.toMatchObject({ kind: 'transient' })
    await expect.poll(() => gone).toBeGreaterThan(0)
  })
})

test('a certificate that nobody trusts is config', async () => {
  const server = await fakeServer(() => ({ status: 204 }), await certificate())
  onTestFinished(() => server.close())
  const error = await failure(tell(slack({ ...common, url: `${server.origin}/services/${key}` }), raised()))
  expect(error).toMatchObject({ kind: 'config', message: expect.stringContaining('certificate') })
  expect(server.arrived).toEqual([])
  expectNoSecret(error)
})

describe('a receipt that is none is not believed', () => {
  test.each<[string, number, string, string]>([
    ['invalid_payload', 200, 'permanent', 'not understood'],
    ['{"ok":false,"error":"channel_is_archived"}', 200, 'config', 'is gone'],
    ['no_service', 404, 'config', 'is gone'],
    ['action_prohibited', 403, 'auth', 'not allowed'],
  ])('Slack: %s with %i', async (body, status, kind, what) => {
    const server = await receiver(() => ({ status, body }))
    const error = await failure(tell(slack({ ...common, url: server.origin }), raised()))
    expect(error).toMatchObject({ kind, message: expect.stringContaining(what) })
    expect(server.requests).toHaveLength(1)
  })

  test.each([10_015, 50_027])('Discord: code %i', async (code) => {
    const server = await receiver(() => ({ status: 404, body: { message: key, code } }))
    const error = await failure(
      tell(discord({ ...common, url: `${server.origin}/api/webhooks/1/t` }), raised()),
    )
    expect(error).toMatchObject({
      kind: 'config',
      message: expect.stringContaining(`is gone (${code}, status 404)`),
    })
    expectNoSecret(error)
  })

  test.each(receivers.filter(({ name }) => name !== 'webhook'))(
    '$name: a page of the hotel is tried again',
    async ({ make, taken }) => {
      const server = await receiver(() => taken)
      fails(
        server,
        {
          status: 200,
          headers: { 'content-type': 'text/html' },
          body: '<html>Welcome! Please accept our terms.</html>',
        },
        1,
      )
      await tell(make(server.origin), raised())
      expect(server.faults()).toBe(1)
      expect(server.requests).toHaveLength(1)
    },
  )

  test('an answer without end is read no further than it is of interest', async () => {
    const server = await receiver(() => ({ status: 200, body: 'ok'.padEnd(5_000_000) }))
    await tell(slack({ ...common, url: server.origin }), raised())
    expect(server.requests).toHaveLength(1)
  })
})
