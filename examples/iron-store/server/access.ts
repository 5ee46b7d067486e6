import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Who may speak to this process, beside the network: it listens on this machine alone, where other programs and pages of the browser are too. */
export interface Access {
  /** Made anew at each start, and known to the shell alone. */
  readonly token: string
  /** @returns a refusal, or nothing for somebody who may */
  refusal(request: Request): Response | undefined
  /** For pages, which hold nothing worth a secret. */
  refusalOfHost(request: Request): Response | undefined
}

/** @param port of this process: whoever names another host has been led here by a name that somebody else controls */
export function createAccess(port: number, token: string = randomBytes(32).toString('base64url')): Access {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`]
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = digest(`Bearer ${token}`)
  const refusalOfHost = (request: Request): Response | undefined =>
    hosts.includes(request.headers.get('host') ?? '') ? undefined : refused(421, 'host', 'This is another host.')
  return {
    token,
    refusalOfHost,
    refusal(request) {
      const origin = request.headers.get('origin')
      // A header, and no cookie: cookies go to all ports of a host, and come along by themselves.
      const isKnown = timingSafeEqual(digest(request.headers.get('authorization') ?? ''), expected)
      return (
        refusalOfHost(request) ??
        (origin !== null && !hosts.some((host) => origin === `http://${host}`) ? refused(403, 'origin', 'Another page asks.') : undefined) ??
        (isKnown ? undefined : refused(401, 'unauthorised', 'Open Iron Store with its own address.'))
      )
    },
  }
}

function refused(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status, headers: { 'cache-control': 'no-store' } })
}
