import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { FixtureFault, InjectedFault } from '@backup/core/testing'
import { faultsOfStore, type Exchange } from './store-faults.ts'

/** The store that `httpStore` talks to, as a test needs it: in this process, and it fails on demand. */
export interface StoreServer {
  readonly url: string
  readonly objects: Map<string, Buffer>
  requests(): number
  /** Connections that are open at this end. */
  sockets(): number
  inject(fault: FixtureFault): InjectedFault
  close(): Promise<void>
}

export const token = 'a-token-for-tests'
const pageSize = 1_000

export async function storeServer(): Promise<StoreServer> {
  const objects = new Map<string, Buffer>()
  const faults = faultsOfStore(objects)
  let created = false
  let requests = 0

  const server = createServer((request, response) => {
    requests++
    request.on('error', () => {})
    response.on('error', () => {})
    const exchange: Exchange = { request, response, answer: () => answer(request, response) }
    faults.meet(exchange).catch(() => request.socket.destroy())
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://store')
    const key = pathname.replace(/^\/shop\//, '')
    const end = (status: number, headers: Record<string, string> = {}, body?: Buffer): void => {
      response.writeHead(status, { ...headers, ...(body && { 'content-length': String(body.length) }) })
      response.end(request.method === 'HEAD' ? undefined : body)
    }
    if (request.headers.authorization !== `Bearer ${token}`) return end(401)
    if (key === '' && request.method === 'PUT') created = true
    if (!created) return end(410)
    if (key === '' && request.method !== 'GET') return end(204)
    if (key === '') return end(200, { 'content-type': 'application/json' }, list(searchParams))

    const stored = objects.get(key)
    if (request.method === 'PUT') {
      if (stored) return end(412)
      const bytes = Buffer.concat(parts)
      if (sha256(bytes) !== request.headers['x-object-sha256']) return end(422)
      objects.set(key, bytes)
      return end(201)
    }
    if (request.method === 'DELETE') {
      objects.delete(key)
      return end(204)
    }
    if (!stored) return end(404)
    const about = { 'x-object-size': String(stored.length), 'x-object-sha256': sha256(stored) }
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (from === undefined) return end(200, about, stored)
    if (Number(from) >= stored.length) return end(416)
    const last = Math.min(Number(to), stored.length - 1)
    const contentRange = `bytes ${from}-${last}/${stored.length}`
    end(206, { ...about, 'content-range': contentRange }, stored.subarray(Number(from), last + 1))
  }

  function list(query: URLSearchParams): Buffer {
    const [prefix, after] = [query.get('prefix') ?? '', query.get('after') ?? '']
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
    const page = keys.slice(0, pageSize).map((key) => ({ key, size: objects.get(key)?.length }))
    return Buffer.from(JSON.stringify({ objects: page, more: keys.length > pageSize }))
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/shop`,
    objects,
    requests: () => requests,
    sockets: () => sockets.size,
    inject: faults.inject,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
