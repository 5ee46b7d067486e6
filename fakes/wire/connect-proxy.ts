import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'

/** A proxy that leads a client to a fake, whatever host it wants to reach. */
export interface ConnectProxy {
  /** For `HTTPS_PROXY`. */
  readonly url: string
  /** The hosts that were asked for: `www.googleapis.com:443`. */
  readonly hosts: readonly string[]
  close(): Promise<void>
}

/** @param port of a TLS server on the loopback that has a certificate for these hosts */
export async function connectProxy(port: number): Promise<ConnectProxy> {
  const hosts: string[] = []
  const open = new Set<Socket>()
  const server = createServer((_, response) => void response.writeHead(405).end())
  server.on('connect', (request, socket: Socket, first) => {
    hosts.push(request.url ?? '')
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.write(first)
      socket.pipe(target).pipe(socket)
    })
    for (const [end, other] of [[socket, target], [target, socket]] as const) {
      open.add(end)
      end.on('error', () => other.destroy()).on('close', () => open.delete(end))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hosts,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
