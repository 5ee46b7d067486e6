import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Host, type StartHost, patient, sendTo } from './host.ts'

/** As far as it is used here: the types of Hono need those of browsers, which no test of ours has. */
interface HonoModules {
  readonly hono: { Hono: new () => { fetch: unknown; all(path: string, answer: (context: { req: { raw: Request } }) => Promise<Response>): void } }
  readonly server: { serve(options: object, listening: (address: AddressInfo) => void): Server }
}

export const startHono: StartHost = async (handler) => {
  const [{ Hono }, { serve }] = await Promise.all([
    import('hono' as string) as Promise<HonoModules['hono']>,
    import('@hono/node-server' as string) as Promise<HonoModules['server']>,
  ])
  const app = new Hono()
  app.all('/api/backup/*', (context) => handler(context.req.raw))
  return new Promise<Host>((resolve) => {
    const server = patient(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) =>
      resolve({
        send: sendTo(port),
        async close() {
          server.closeAllConnections()
          await new Promise((done) => server.close(done))
        },
      }),
    ))
  })
}
