import { createHmac } from 'node:crypto'
import type { BackupEvent } from '@backup/core'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { createWebhookSecret, verifyWebhook, webhook } from '../src/index.ts'
import { cleared, quick, raised, receiver, tell } from './fixture.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

function headersOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers)
}

describe('a message', () => {
  test('is the event, as JSON', async () => {
    const server = await receiver()
    await tell(webhook({ url: `${server.origin}/hooks/backup?shop=7`, secret, name: 'iron-store' }), raised())
    expect(server.requests).toHaveLength(1)
    const [{ method, path, headers, body } = { headers: new Headers(), body: '' }] = server.requests
    expect([method, path, headers.get('content-type')]).toEqual([
      'POST',
      '/hooks/backup?shop=7',
      'application/json',
    ])
    expect(JSON.parse(body)).toEqual({
      type: 'alert-raised',
      timestamp: '2026-03-29T03:30:00.000Z',
      source: 'iron-store',
      data: raised(),
    })
  })

  test('says which source it is about, when nobody has named it', async () => {
    const server = await receiver()
    await tell(webhook({ url: server.origin, secret }), { ...raised(), label: 'store.db' } as BackupEvent)
    expect(JSON.parse(server.requests[0]!.body)).toMatchObject({ source: 'store.db', data: { label: 'store.db' } })
  })

  test('is signed as the standard says', async () => {
    const server = await receiver()
    const before = Math.floor(Date.now() / 1000)
    await tell(webhook({ url: server.origin, secret }), raised({ title: 'Größe – 備份 🙂' }))
    const [{ headers, body } = { headers: new Headers(), body: '' }] = server.requests
    const [id, timestamp] = [headers.get('webhook-id'), headers.get('webhook-timestamp')]
    const expected = createHmac('sha256', Buffer.alloc(32, 7))
      .update(`${id}.${timestamp}.${body}`)
      .digest('base64')
    expect(headers.get('webhook-signature')).toBe(`v1,${expected}`)
    expect(id).toMatch(/^msg_[0-9a-f]{32}$/)
    expect(Number(timestamp)).toBeGreaterThanOrEqual(before)
    // By those who wrote the standard.
    expect(new Webhook(secret).verify(body, headersOf(headers))).toEqual(JSON.parse(body))
  })

  test('is signed with each of several secrets', async () => {
    const server = await receiver()
    const next = createWebhookSecret()
    await tell(webhook({ url: server.origin, secret: [secret, next] }), raised())
    const [{ headers, body } = { headers: new Headers(), body: '' }] = server.requests
    for (const one of [secret, next])
      expect(() => new Webhook(one).verify(body, headersOf(headers))).not.toThrow()
    expect(() => new Webhook(createWebhookSecret()).verify(body, headersOf(headers))).toThrow(
      'No matching signature found',
    )
  })

  test('that was refused for now comes again, under the same id, signed anew', async () => {
    const server = await receiver()
    let refusals = 3
    server.fail(() => (refusals-- > 0 ? { status: 503 } : undefined))
    await tell(webhook({ url: server.origin, secret, timers: quick }), raised())
    expect(server.faults()).toBe(3)
    const ids = server.arrived.map(({ headers }) => headers.get('webhook-id'))
    expect(new Set(ids).size).toBe(1)
    expect(server.requests).toHaveLength(1)
  })
})

test('events are posted one after the other, each as a message of its own', async () => {
  let open = 0
  let most = 0
  const server = await receiver(
    () => ((most = Math.max(most, ++open)), open--, { status: 200, body: 'thanks' }),
  )
  await tell(webhook({ url: server.origin, secret }), raised(), cleared, raised({ id: 'other' }))
  const types = server.requests.map(
    ({ body }) => JSON.parse(body) as { type: string; data: { alert: { id: string } } },
  )
  expect(types.map(({ type, data }) => `${type} ${data.alert.id}`)).toEqual([
    'alert-raised backup-overdue',
    'alert-cleared backup-overdue',
    'alert-raised other',
  ])
  expect(new Set(server.requests.map(({ headers }) => headers.get('webhook-id'))).size).toBe(3)
  expect(most).toBe(1)
})

describe('the receiving side', () => {
  async function received() {
    const server = await receiver()
    await tell(webhook({ url: server.origin, secret, name: 'iron-store' }), raised())
    const [{ headers, body } = { headers: new Headers(), body: '' }] = server.requests
    return { headers, body }
  }
  const id = 'msg_1'
  const signed = (timestamp: string, body: string): Record<string, string> => ({
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': new Webhook(secret).sign(id, new Date(Number(timestamp) * 1000), body),
  })

  test('is told what a genuine message says', async () => {
    const { headers, body } = await received()
    const message = await verifyWebhook({ secret, headers, body })
    expect(message).toMatchObject({
      id: headers.get('webhook-id'),
      type: 'alert-raised',
      source: 'iron-store',
      data: raised(),
    })
  })

  test('takes the headers of Node, a body in bytes, and any of several secrets', async () => {
    const { headers, body } = await received()
    const bytes = new TextEncoder().encode(body)
    const both = [createWebhookSecret(), secret]
    await expect(
      verifyWebhook({ secret: both, headers: headersOf(headers), body: bytes }),
    ).resolves.toMatchObject({ type: 'alert-raised' })
  })

  test('takes what another implementation of the standard has signed', async () => {
    const timestamp = String(Math.floor(Date.now() / 1000))
    await expect(
      verifyWebhook({ secret, headers: signed(timestamp, '{"type":"x"}'), body: '{"type":"x"}' }),
    ).resolves.toMatchObject({ id, type: 'x' })
  })

  test.each<[string, (headers: Record<string, string>, body: string) => [Record<string, string>, string]]>([
    ['body', (headers, body) => [headers, body.replace('3 hours', '4 hours')]],
    ['id', (headers, body) => [{ ...headers, 'webhook-id': 'msg_2' }, body]],
    [
      'time',
      (headers, body) => [
        { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
        body,
      ],
    ],
    ['signature', (headers, body) => [{ ...headers, 'webhook-signature': 'v1,AAAA v2,BBBB !' }, body]],
  ])('refuses one whose %s was changed', async (_, change) => {
    const { headers, body } = await received()
    await expect(verifyWebhook({ secret, headers: headersOf(headers), body })).resolves.toBeTruthy()
    const [changedHeaders, changedBody] = change(headersOf(headers), body)
    const verified = verifyWebhook({ secret, headers: changedHeaders, body: changedBody })
    await expect(verified).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('not signed with this secret'),
    })
  })

  test.each([-301, 301])('refuses one that is %i seconds from now', async (seconds) => {
    const timestamp = String(1_800_000_000 + seconds)
    const now = new Date(1_800_000_000_000)
    await expect(
      verifyWebhook({ secret, headers: signed(timestamp, '{}'), body: '{}', now }),
    ).rejects.toMatchObject({
      kind: 'auth',
      message: expect.stringContaining('too old, or from the future'),
    })
    await expect(
      verifyWebhook({ secret, headers: signed(timestamp, '{}'), body: '{}', now, toleranceMs: 302_000 }),
    ).resolves.toEqual({ id })
  })

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
    'refuses one without %s',
    async (name) => {
      const { headers, body } = await received()
      headers.delete(name)
      await expect(verifyWebhook({ secret, headers, body })).rejects.toMatchObject({
        kind: 'auth',
        message: expect.stringContaining('lacks'),
      })
    },
  )

  test('says so when a genuine body is no JSON', async () => {
    const timestamp = String(Math.floor(Date.now() / 1000))
    await expect(
      verifyWebhook({ secret, headers: signed(timestamp, 'hello'), body: 'hello' }),
    ).rejects.toMatchObject({ kind: 'corrupt' })
  })
})

test('a secret that was made here has 32 bytes, and is another one each time', () => {
  const secrets = [createWebhookSecret(), createWebhookSecret()]
  expect(secrets.map((one) => Buffer.from(one.slice(6), 'base64').length)).toEqual([32, 32])
  expect(secrets[0]).not.toBe(secrets[1])
})
