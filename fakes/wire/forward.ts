import { Agent, request } from 'node:http'
import type { Answer, Incoming } from './fake-server.ts'

/** A handler for `fakeServer` that has a real server answer: faults of HTTP before a server that has none. */
export interface Forward {
  (incoming: Incoming): Promise<Answer>
  close(): void
}

/** They belong to one connection, and there are two. */
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'expect']

/**
 * Sends each request on as it came, the name of the host included, which may have been signed.
 *
 * @param origin `http://127.0.0.1:…`
 */
export function forward(origin: string): Forward {
  const { hostname, port } = new URL(origin)
  const agent = new Agent({ keepAlive: true })

  const send = ({ method, url, headers, body }: Incoming): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const path = `${url.pathname}${url.search}`
      const options = { agent, hostname, port, method, path, headers: withoutHops([...headers]) }
      const sent = request(options, async (answer) => {
        const named = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const)
        const head = { status: answer.statusCode ?? 502, headers: withoutHops(named) }
        // Swift sends the end of a body all the same, which is an error by then.
        if (method === 'HEAD') resolve(head)
        try {
          const parts: Buffer[] = []
          for await (const part of answer) parts.push(part as Buffer)
          resolve({ ...head, body: Buffer.concat(parts) })
        } catch (error) {
          reject(error)
        }
      })
      sent.on('error', reject)
      sent.end(body)
    })

  return Object.assign(send, { close: () => agent.destroy() })
}

function withoutHops(headers: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(headers.filter(([name]) => !hopByHop.includes(name)))
}
