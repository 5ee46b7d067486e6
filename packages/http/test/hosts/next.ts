import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { type StartHost, sendTo } from './host.ts'

/** As far as it is used here: the types of Next need those of browsers, which no test of ours has. */
interface NextModule {
  default(options: object): { prepare(): Promise<void>; getRequestHandler(): RequestListener; close(): Promise<void> }
}

/** Next itself compiles the route of `next-app` and runs it, in this process: so the route finds the handler of the test. */
export const startNext: StartHost = async (handler) => {
  process.env['NEXT_TELEMETRY_DISABLED'] = '1'
  Object.assign(globalThis, { backupHandler: handler })
  const { default: next } = (await import('next' as string)) as NextModule
  const server = createServer((request, response) => serve(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const app = next({ dev: true, dir: resolve(import.meta.dirname, '../next-app'), hostname: '127.0.0.1', port })
  await app.prepare()
  const serve = app.getRequestHandler()
  return {
    send: sendTo(port),
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await app.close()
    },
  }
}
