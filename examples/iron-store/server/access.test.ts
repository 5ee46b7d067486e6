import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { machine } from '../test/machine.ts'
import { type Talk, talk } from '../test/talk.ts'

// Pages in a browser, and other programs, are on this machine too.

async function started(): Promise<Talk> {
  return talk((await machine({ days: 0 }).start()).url)
}

/** `fetch` does not let anybody choose these headers. */
function raw(origin: string, path: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    request(`${origin}${path}`, { method, headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject).end()
  })
}

const paths = ['/api/store/shop', '/api/store/settings', '/api/backup/health', '/api/backup/events/stream', '/api/store/nothing']

test.each(paths)('%s is for who has the token, and for nobody else', async (path) => {
  const { origin, token } = await started()
  expect(await raw(origin, path, {})).toBe(401)
  expect(await raw(origin, path, { authorization: 'Bearer guessed' })).toBe(401)
  expect(await raw(origin, path, { authorization: `Basic ${token}` })).toBe(401)
  expect(await raw(origin, path, { authorization: `Bearer ${token}` })).not.toBe(401)
})

test.each(['POST', 'GET', 'OPTIONS'])('%s of another page is refused, also with the token', async (method) => {
  const { origin, token } = await started()
  for (const other of ['http://shop.example', `${origin.replace('http', 'https')}`, 'http://127.0.0.1:1', 'null']) {
    expect(await raw(origin, '/api/store/shop', { authorization: `Bearer ${token}`, origin: other }, method)).toBe(403)
  }
  expect(await raw(origin, '/api/store/shop', { authorization: `Bearer ${token}`, origin })).toBe(200)
})

test('who was led here by a name of somebody else gets nothing, not even the page', async () => {
  const { origin, token } = await started()
  for (const path of ['/', '/api/store/shop', '/api/backup/oauth/callback?state=x']) {
    expect(await raw(origin, path, { host: 'evil.example', authorization: `Bearer ${token}` })).toBe(421)
  }
})

test('a browser that comes back from a vendor needs no token, and a sign-in that was begun here', async () => {
  const shop = machine({ days: 0 })
  const { origin, send } = talk((await shop.start()).url)
  await send('/api/store/settings', { backupFolder: shop.backups })
  expect(await raw(origin, '/api/backup/oauth/callback?state=guessed&code=1', {})).toBe(400)
})

test('nothing but the loopback leads here', async () => {
  const { port } = new URL((await started()).origin)
  const reaches = (host: string): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(Number(port), host, () => resolve(true)).on('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
  expect(await reaches('127.0.0.1')).toBe(true)
  // On Linux all of 127.0.0.0/8 leads to this machine: who listens everywhere listens here as well.
  expect(await reaches('127.0.0.2')).toBe(false)
})

test('what is sent has to be JSON, and not too much', async () => {
  const { send } = await started()
  expect((await send('/api/store/shop', {}, { 'content-type': 'text/plain' })).status).toBe(422)
  expect((await send('/api/store/shop', { name: 'x'.repeat(1_100_000) })).status).toBe(422)
  expect((await send('/api/store/shop', { name: 7 })).status).toBe(422)
  expect((await send('/api/store/customers', { name: 'Anna' })).status).toBe(200)
  expect((await send('/api/store/invoices', { customerId: 1, lines: [null] })).status).toBe(422)
})
