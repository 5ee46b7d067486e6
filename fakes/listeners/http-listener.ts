import { type Answer, type FakeServer, fakeServer } from '../wire/index.ts'

/** A request as a receiver of webhooks sees it. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: Headers
  /** The body, byte for byte, as text. */
  readonly body: string
}

export interface HttpListener extends Pick<FakeServer, 'arrived' | 'fail' | 'faults' | 'hangUp' | 'close'> {
  /** `http://127.0.0.1:…` */
  readonly origin: string
  /** Requests that were taken in whole, in order. */
  readonly requests: readonly ReceivedRequest[]
}

/**
 * An HTTP server on the loopback that keeps what it is sent.
 *
 * @param answer what it says: 204 unless given
 */
export async function httpListener(
  answer: (request: ReceivedRequest) => Answer = () => ({ status: 204 }),
): Promise<HttpListener> {
  const requests: ReceivedRequest[] = []
  const server = await fakeServer(({ method, url, headers, body }) => {
    const request = { method, path: `${url.pathname}${url.search}`, headers, body: body.toString('utf8') }
    requests.push(request)
    return answer(request)
  })
  return { ...server, requests }
}
