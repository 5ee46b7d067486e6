import express from 'express'
import { connect } from 'node:net'
import { Agent, type IncomingMessage, createServer, request as sendRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { toNodeHandler } from '../src/node/index.ts'
import type { Host } from './hosts/host.ts'
import { listen } from './hosts/node.ts'

let host: Host | undefined
afterEach(async () => {
  await host?.close()
  host = undefined
})

/** Says what came to it. */
const echo = async (request: Request): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  return Response.json({ method: request.method, pathname, search, type: request.headers.get('content-type'), length: request.headers.get('content-length'), body: await request.text() })
}
const json = { 'content-type': 'application/json' }

test('an answer that waits for its reader many times leaves no listeners behind', async () => {
  const piece = new Uint8Array(1 << 20)
  let [left, most, waits] = [30, 0, 0]
  const long = async (): Promise<Response> =>
    new Response(new ReadableStream({ pull: (stream) => (left-- > 0 ? stream.enqueue(piece) : stream.close()) }))
  host = await listen((request, response) => {
    response.on('drain', () => {
      waits++
      most = Math.max(most, response.listenerCount('close'), response.listenerCount('error'))
    })
    void toNodeHandler(long)(request, response)
  })
  expect((await (await host.send('/x')).arrayBuffer()).byteLength).toBe(30 << 20)
  expect(waits).toBeGreaterThan(20)
  expect(most).toBeLessThan(8)
})

describe('a request on Node', () => {
  test('comes with its address as the browser sent it, below any mount', async () => {
    const app = express()
    const inner = express.Router()
    inner.use('/backup', toNodeHandler(echo))
    app.use('/api', inner)
    host = await listen(app)
    expect(await (await host.send('/api/backup/jobs?limit=1')).json()).toMatchObject({ pathname: '/api/backup/jobs', search: '?limit=1' })
  })

  test.each<[string, (app: express.Express) => unknown, body: string, headers: Record<string, string>, seen: string]>([
    ['that nobody has read', () => {}, '{"a":[1,2]}', json, '{"a":[1,2]}'],
    ['that was parsed', (app) => app.use(express.json()), '{ "a": [1, 2] }', json, '{"a":[1,2]}'],
    ['that was read as text', (app) => app.use(express.text({ type: '*/*' })), '{ "a": 1 }', json, '{ "a": 1 }'],
    ['that was read as bytes', (app) => app.use(express.raw({ type: '*/*' })), '{ "a": 2 }', json, '{ "a": 2 }'],
  ])('comes with a body %s', async (_, prepare, body, headers, seen) => {
    const app = express()
    prepare(app)
    app.use(toNodeHandler(echo))
    host = await listen(app)
    expect(await (await host.send('/x', { method: 'POST', body, headers })).json()).toMatchObject({ body: seen })
  })

  test('comes without a body where a parser made an empty one of nothing', async () => {
    host = await listen((request, response) => {
      Object.assign(request, { body: {} })
      void toNodeHandler(echo)(request, response)
    })
    expect(await (await host.send('/x', { method: 'POST' })).json()).toMatchObject({ body: '', type: null })
  })

  test('comes to the handler whatever host and path it names', async () => {
    host = await listen(toNodeHandler(echo))
    const port = Number(new URL((await host.send('/port')).url).port)
    for (const [path, name] of [['//evil.example/x', 'shop'], ['/x', 'a b'], ['/x', '[::']]) {
      expect(await rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: ${name}\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 [24]0/)
    }
  })

  test('that no standard request can be made of is refused', async () => {
    host = await listen(toNodeHandler(echo))
    const port = Number(new URL((await host.send('/port')).url).port)
    expect(await rawRequest(port, 'TRACE /x HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/)
  })

  test.each([
    ['nobody reads', async () => new Response('refused', { status: 401 }), 300_000],
    ['somebody reads the beginning of', readBeginning, 300_000],
    ['nobody reads, and that is too large to wait for,', async () => new Response('refused', { status: 413 }), 30_000_000],
  ] as const)('with a body that %s is answered, and the one after it on the same connection or another', async (_, answer, bytes) => {
    host = await listen(toNodeHandler(async (request) => (request.method === 'POST' ? answer(request) : new Response('next'))))
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const { origin } = new URL((await host.send('/x')).url)
    const since = performance.now()
    for (let round = 0; round < 5; round++) {
      expect(await statusOf(agent, `${origin}/x`, Buffer.alloc(bytes))).toBeGreaterThan(400)
      expect(await statusOf(agent, `${origin}/x`)).toBe(200)
    }
    // Nothing waited until the server gave a connection up.
    expect(performance.now() - since).toBeLessThan(4000)
  })

  test('is aborted when the connection is lost', async () => {
    let aborted: () => void = () => {}
    const isAborted = new Promise<void>((resolve) => (aborted = resolve))
    let reached: () => void = () => {}
    const isReached = new Promise<void>((resolve) => (reached = resolve))
    host = await listen(toNodeHandler(async (request) => {
      request.signal.addEventListener('abort', () => aborted())
      reached()
      await isAborted
      return new Response('late')
    }))
    const lost = new AbortController()
    const answer = host.send('/x', { signal: lost.signal })
    await isReached
    lost.abort()
    await expect(answer).rejects.toThrow('aborted')
    await isAborted
  })
})

describe('a response on Node', () => {
  test('has each of its cookies', async () => {
    host = await listen(toNodeHandler(async () => new Response('', { headers: [['set-cookie', 'a=1; Path=/'], ['set-cookie', 'b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT']] })))
    expect((await host.send('/x')).headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2; Expires=Wed, 01 Jan 2031 00:00:00 GMT'])
  })

  test('is made no faster than it is read', async () => {
    let made = 0
    host = await listen(toNodeHandler(async () => new Response(new ReadableStream<Uint8Array>({
      async pull(controller) {
        made++
        controller.enqueue(new Uint8Array(65_536))
        await new Promise(setImmediate)
      },
    }, { highWaterMark: 0 }))))
    const response = await host.send('/x')
    const reader = response.body!.getReader()
    await reader.read()
    let before = -1
    // Until nothing more is made: buffers of the system are full then.
    while (made !== before) {
      before = made
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    expect(made).toBeLessThan(1000)
    await reader.cancel()
  })

  test('that breaks off is not taken for a whole one', async () => {
    host = await listen(toNodeHandler(async () => {
      let step = 0
      return new Response(new ReadableStream<Uint8Array>({
        pull(controller) {
          if (step++ > 0) throw new Error('The disk is gone.')
          controller.enqueue(new Uint8Array(10))
        },
      }))
    }))
    await expect((await host.send('/x')).arrayBuffer()).rejects.toThrow('terminated')
  })
})

test('it is used as a listener of node:http', async () => {
  const seen: (string | undefined)[] = []
  const server = createServer((request: IncomingMessage, response) => {
    seen.push(request.url)
    void toNodeHandler(echo)(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a`)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  expect(seen).toEqual(['/a'])
})

function rawRequest(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (piece) => (answer += String(piece))).on('error', reject).on('close', () => resolve(answer))
  })
}

async function readBeginning(request: Request): Promise<Response> {
  const reader = request.body!.getReader()
  await reader.read()
  await reader.cancel()
  return new Response('refused', { status: 413 })
}

/** On the one connection of the agent, as a proxy sends it. */
function statusOf(agent: Agent, url: string, body?: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = sendRequest(url, { agent, method: body ? 'POST' : 'GET' }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
