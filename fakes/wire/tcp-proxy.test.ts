import { randomBytes } from 'node:crypto'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { tcpProxy, type TcpFault, type TcpProxy } from './tcp-proxy.ts'

const body = randomBytes(3_000_000)

let echo: Echo
let proxy: TcpProxy

beforeEach(async () => {
  echo = await echoServer()
  proxy = await tcpProxy({ port: echo.port })
})

afterEach(async () => {
  await proxy.close()
  await echo.close()
})

describe('without a fault', () => {
  test('bytes pass in both directions as they are, and so does the end of each', async () => {
    const client = await talk(proxy)
    client.socket.end(body)
    await client.over
    expect(Buffer.concat(client.heard).equals(body)).toBe(true)
    expect([proxy.passed('up'), proxy.passed('down')]).toEqual([body.length, body.length])
    expect(proxy.happened()).toBe(0)
  })

  test('a server that is not there ends the connection', async () => {
    await echo.close()
    const client = await talk(proxy)
    await client.over
    expect(client.heard).toEqual([])
  })
})

describe.each<readonly [string, boolean]>([
  ['a connection that is made under the fault', false],
  ['a connection that was open before', true],
])('%s', (_, before) => {
  const under = async (fault: TcpFault): Promise<Talk> => {
    if (!before) proxy.disturb(fault)
    const client = await talk(proxy)
    if (!before) return client
    await client.echoes(Buffer.from('before'))
    proxy.disturb(fault)
    return client
  }

  test('is reset by refuse', async () => {
    const client = await under({ refuse: true })
    await client.over
    expect(client.error()).toBe('ECONNRESET')
    expect(proxy.happened()).toBe(1)
  })

  test.each([
    // What was sent before a reset may be lost with it.
    ['fin', undefined, 100_000],
    ['rst', 'ECONNRESET', 0],
  ] as const)('is cut by %s after so many bytes of the answer, and no byte more', async (by, code, least) => {
    const client = await under({ cut: { of: 'down', afterBytes: 100_000, by } })
    const heardBefore = client.heardBytes()
    client.socket.write(body)
    await client.over
    expect(client.error()).toBe(code)
    expect(client.heardBytes() - heardBefore).toBeLessThanOrEqual(100_000)
    expect(client.heardBytes() - heardBefore).toBeGreaterThanOrEqual(least)
    expect(proxy.happened()).toBe(1)
  })

  test('is cut after so many bytes of what it sends', async () => {
    const client = await under({ cut: { of: 'up', afterBytes: 70_001, by: 'fin' } })
    const arrivedBefore = echo.arrivedBytes()
    client.socket.write(body)
    await client.over
    await expect.poll(() => echo.arrivedBytes() - arrivedBefore).toBe(70_001)
  })

  test('stays open and hears no more after a stall', async () => {
    const client = await under({ cut: { of: 'down', afterBytes: 100_000, by: 'stall' } })
    const heardBefore = client.heardBytes()
    client.socket.write(body)
    await expect.poll(() => client.heardBytes() - heardBefore).toBe(100_000)
    expect(await Promise.race([client.over, later(50)])).toBe('nothing')
    expect(client.heardBytes() - heardBefore).toBe(100_000)
    expect(proxy.happened()).toBe(1)
  })

  test('hears nothing from a silent line, and everything when it speaks again', async () => {
    const client = await under({ silent: true })
    const answered = client.echoes(body)
    expect(await Promise.race([answered, later(80)])).toBe('nothing')
    expect(proxy.happened()).toBeGreaterThan(0)
    proxy.disturb()
    expect((await answered).equals(body)).toBe(true)
  })

  test('hears everything later by the latency of both ways', async () => {
    const client = await under({ latencyMs: 60 })
    const begun = performance.now()
    expect(String(await client.echoes(Buffer.from('hello')))).toBe('hello')
    expect(performance.now() - begun).toBeGreaterThanOrEqual(118)
    expect(proxy.happened()).toBe(2)
  })

  test('gets no more bytes a second than the rate', async () => {
    const client = await under({ bytesPerSecond: 1_000_000 })
    const begun = performance.now()
    const sent = body.subarray(0, 300_000)
    expect((await client.echoes(sent)).equals(sent)).toBe(true)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(270)
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(proxy.happened()).toBeGreaterThan(0)
  })
})

test('latency does not make a line slow', async () => {
  proxy.disturb({ latencyMs: 300 })
  const client = await talk(proxy)
  const begun = performance.now()
  expect((await client.echoes(body)).equals(body)).toBe(true)
  // If each of some fifty pieces waited for the one before, it would take half a minute.
  expect(performance.now() - begun).toBeLessThan(15_000)
})

test('a line that is good again carries new connections', async () => {
  proxy.disturb({ refuse: true })
  await (
    await talk(proxy)
  ).over
  proxy.disturb()
  expect(String(await (await talk(proxy)).echoes(Buffer.from('again')))).toBe('again')
})

test('bytes are shown as they pass', async () => {
  const seen: string[] = []
  const tapped = await tcpProxy({ port: echo.port, onBytes: (way, bytes) => seen.push(`${way} ${bytes}`) })
  await (await talk(tapped)).echoes(Buffer.from('hello'))
  expect(seen).toEqual(['up hello', 'down hello'])
  await tapped.close()
})

test('closing ends the connections that are open', async () => {
  const client = await talk(proxy)
  await client.echoes(Buffer.from('hello'))
  await proxy.close()
  await client.over
  await expect.poll(() => echo.open()).toBe(0)
  proxy = await tcpProxy({ port: echo.port })
})

interface Echo {
  readonly port: number
  arrivedBytes(): number
  open(): number
  close(): Promise<void>
}

async function echoServer(): Promise<Echo> {
  let arrived = 0
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    socket.on('data', (chunk) => void (arrived += chunk.length))
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    arrivedBytes: () => arrived,
    open: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Talk {
  readonly socket: Socket
  readonly heard: Buffer[]
  heardBytes(): number
  error(): string | undefined
  /** Ended, however that came. */
  readonly over: Promise<void>
  /** Sends, and waits for as many bytes. */
  echoes(bytes: Buffer): Promise<Buffer>
}

async function talk({ port }: TcpProxy): Promise<Talk> {
  const socket = connect(port, '127.0.0.1')
  const heard: Buffer[] = []
  let code: string | undefined
  const heardBytes = (): number => heard.reduce((sum, { length }) => sum + length, 0)
  socket.on('data', (chunk) => heard.push(chunk))
  socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code))
  const over = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), over])
  return {
    socket,
    heard,
    heardBytes,
    over,
    error: () => code,
    async echoes(bytes) {
      const from = heardBytes()
      socket.write(bytes)
      while (heardBytes() - from < bytes.length) await new Promise((resolve) => socket.once('data', resolve))
      return Buffer.concat(heard).subarray(from)
    },
  }
}

function later(ms: number): Promise<'nothing'> {
  return new Promise((resolve) => setTimeout(resolve, ms, 'nothing'))
}
