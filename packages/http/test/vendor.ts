import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An authorization server that gives tokens for any code, until it is told otherwise. */
export interface Vendor {
  readonly endpoints: Readonly<Record<'authorizationEndpoint' | 'tokenEndpoint' | 'revocationEndpoint', string>>
  /** Paths that were asked for, in their order. */
  readonly asked: string[]
  /** From now on the sign-in is over: what its user does who takes it back. */
  takeBack(): void
  close(): Promise<void>
}

export async function startVendor(): Promise<Vendor> {
  const asked: string[] = []
  let isOver = false
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const [status, body] =
      request.url === '/revoke' ? [200, {}]
      : isOver ? [400, { error: 'invalid_grant', error_description: 'SECRET' }]
      : [200, { access_token: `SECRET-${asked.length}`, refresh_token: 'SECRET-refresh', token_type: 'Bearer', expires_in: 3600, scope: 'https://www.googleapis.com/auth/drive.file' }]
    request.resume().on('end', () => response.writeHead(Number(status), { 'content-type': 'application/json' }).end(JSON.stringify(body)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoints: { authorizationEndpoint: `${origin}/authorize`, tokenEndpoint: `${origin}/token`, revocationEndpoint: `${origin}/revoke` },
    asked,
    takeBack: () => void (isOver = true),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
