import { createHash } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { google, type Issuer } from '../src/index.ts'

/** An authorization server that does what it is told, and remembers what it was asked. */
export interface TokenServer {
  readonly issuer: Issuer
  /** Parameters of every request to the token endpoint, in their order. */
  readonly asked: Record<string, string>[]
  /** Answers the next requests, one each; afterwards tokens are given as usual. */
  next(...replies: Reply[]): void
  /** Forgets the planned answers that nobody asked for. */
  drop(): void
  /** The refresh token that works, where each works once. */
  valid: string
  /** With a code: the PKCE challenge that was sent for it. */
  readonly challenges: Map<string, string>
  close(): Promise<void>
}

/** Status, body, headers; or the socket, to break it. `lost` rotates, and breaks the socket then. */
export type Reply =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> }
  | 'hang'
  | 'reset'
  | 'lost'

export async function tokenServer(base: Issuer = google, prefix = 'SECRET'): Promise<TokenServer> {
  const asked: Record<string, string>[] = []
  const queue: Reply[] = []
  const challenges = new Map<string, string>()
  let generation = 0
  const grant = (): object => {
    generation += 1
    state.valid = `${prefix}-refresh-${generation}`
    return {
      access_token: `${prefix}-access-${generation}`,
      refresh_token: state.valid,
      token_type: 'Bearer',
      expires_in: 3600,
    }
  }
  const usual = (form: Record<string, string>, response: ServerResponse): void => {
    const { grant_type: type, refresh_token: token, code = '', code_verifier: verifier = '' } = form
    const hash = createHash('sha256').update(verifier).digest('base64url')
    const good =
      type === 'refresh_token'
        ? token === state.valid
        : !challenges.has(code) || challenges.get(code) === hash
    if (!good)
      return reply(response, 400, { error: 'invalid_grant', error_description: `${prefix} ${token}` })
    reply(response, 200, grant())
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += String(piece)
    const form = Object.fromEntries(new URLSearchParams(text))
    if (request.url === '/device')
      return reply(response, 200, deviceOf(prefix, server.address() as AddressInfo))
    asked.push(form)
    const planned = queue.shift()
    if (planned === undefined) return usual(form, response)
    if (planned === 'hang') return
    if (planned === 'lost') grant()
    if (planned === 'lost' || planned === 'reset') return void request.socket.destroy()
    reply(response, planned.status, planned.body, planned.headers)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const state: TokenServer = {
    issuer: {
      ...base,
      authorizationEndpoint: `${url}/authorize`,
      tokenEndpoint: `${url}/token`,
      deviceEndpoint: `${url}/device`,
      revocationEndpoint: `${url}/revoke`,
    },
    asked,
    challenges,
    valid: `${prefix}-refresh-0`,
    next: (...replies) => void queue.push(...replies),
    drop: () => void queue.splice(0),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return state
}

function deviceOf(prefix: string, { port }: AddressInfo): object {
  return {
    device_code: `${prefix}-device`,
    user_code: 'WDJB-MJHT',
    verification_url: `http://127.0.0.1:${port}/enter`,
    expires_in: 1800,
    interval: 5,
  }
}

function reply(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body ?? {}))
}
