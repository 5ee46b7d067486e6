import { createServer } from 'node:http'
import { createServer as createRaw, type AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fakeServer, type FakeServer } from './fake-server.ts'
import { forward, type Forward } from './forward.ts'

const arrived: string[] = []
const real = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  arrived.push(`${request.method} ${request.url} ${request.headers.host} ${Buffer.concat(parts)}`)
  response.writeHead(201, { etag: '"e"' })
  response.end(request.method === 'HEAD' ? undefined : 'answered')
})

let pass: Forward
let front: FakeServer

beforeEach(async () => {
  arrived.length = 0
  await new Promise<void>((resolve) => real.listen(0, '127.0.0.1', resolve))
  pass = forward(`http://127.0.0.1:${(real.address() as AddressInfo).port}`)
  front = await fakeServer(pass)
})

afterEach(async () => {
  await front.close()
  pass.close()
  real.closeAllConnections()
  await new Promise((resolve) => real.close(resolve))
})

test('a request arrives as it was sent, under the name that the client used, and so does its answer', async () => {
  const answer = await fetch(`${front.origin}/a%20b?c=d`, { method: 'PUT', body: 'body' })
  expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([201, '"e"', 'answered'])
  expect(arrived).toEqual([`PUT /a%20b?c=d ${new URL(front.origin).host} body`])
})

test('a lost reply is lost after the server did its work', async () => {
  front.fail(() => 'lost-reply')
  await expect(fetch(front.origin, { method: 'PUT', body: 'body' })).rejects.toThrow('fetch failed')
  expect(arrived.length).toBe(1)
})

test('an answer to HEAD passes although its server sends the end of a body', async () => {
  const rude = createRaw((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.write('HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'))
  })
  await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve))
  const toRude = forward(`http://127.0.0.1:${(rude.address() as AddressInfo).port}`)
  const before = await fakeServer(toRude)
  expect((await fetch(before.origin, { method: 'HEAD' })).status).toBe(404)
  await before.close()
  toRude.close()
  await new Promise((resolve) => rude.close(resolve))
})
