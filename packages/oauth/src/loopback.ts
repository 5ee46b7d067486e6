import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closingPage } from './closing-page.ts'
import { deferred } from './deferred.ts'

/** A server for one redirect to this machine (RFC 8252, section 7.3). */
export interface Loopback {
  /** Without a path: Microsoft compares it, and ignores the port alone. */
  readonly redirectUrl: string
  /** The first URL that carries an answer. */
  readonly callbackUrl: Promise<string>
  close(): Promise<void>
}

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  connection: 'close',
}

export async function listenOnLoopback(host: '127.0.0.1' | 'localhost'): Promise<Loopback> {
  const { promise: callbackUrl, resolve } = deferred<string>()
  let redirectUrl = ''
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = `${redirectUrl}${request.url ?? '/'}`
    if (request.method !== 'GET' || !isAnswer(url)) {
      response.writeHead(404, { connection: 'close' }).end()
      return
    }
    // The page first: closing must not cut it off.
    response.writeHead(200, headers).end(closingPage, () => resolve(url))
  }
  const first = await listen(createServer(answer), '127.0.0.1', 0)
  const { port } = first.address() as AddressInfo
  redirectUrl = `http://${host}:${port}`
  const servers = [first]
  // A browser may take `localhost` for ::1. Where there is no IPv6 or the port is taken there, IPv4 has to
  // do.
  const second =
    host === 'localhost' && (await listen(createServer(answer), '::1', port).catch(() => undefined))
  if (second) servers.push(second)
  return {
    redirectUrl,
    callbackUrl,
    async close() {
      await Promise.all(servers.map(close))
    },
  }
}

/** Browsers ask for an icon too. */
function isAnswer(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { pathname, searchParams } = new URL(url)
  return (
    pathname === '/' && (searchParams.has('code') || searchParams.has('error') || searchParams.has('state'))
  )
}

function listen(server: Server, host: string, port: number): Promise<Server> {
  const { promise, resolve, reject } = deferred<Server>()
  server.once('error', reject)
  server.listen({ host, port, exclusive: true }, () => resolve(server))
  return promise
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = deferred<void>()
  server.close(() => resolve())
  server.closeAllConnections()
  return promise
}
