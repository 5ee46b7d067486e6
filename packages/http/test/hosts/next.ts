import { execFile } from 'node:child_process'
import { type RequestListener, createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { type StartHost, patient, sendTo } from './host.ts'

/** As far as it is used here: the types of Next need those of browsers, which no test of ours has. */
interface NextModule {
  default(options: object): { prepare(): Promise<void>; getRequestHandler(): RequestListener; close(): Promise<void> }
}

const app = resolve(import.meta.dirname, '../next-app')
const silent = { NEXT_TELEMETRY_DISABLED: '1' }

/** Next itself builds the application of `next-app`, and serves it in this process: so its route finds the handler of the test. */
export const startNext: StartHost = async (handler) => {
  const command = createRequire(import.meta.url).resolve('next/dist/bin/next')
  await promisify(execFile)(process.execPath, [command, 'build', app], { env: { ...process.env, ...silent, NODE_ENV: 'production' } })
  Object.assign(process.env, silent)
  Object.assign(globalThis, { backupHandler: handler })
  const { default: next } = (await import('next' as string)) as NextModule
  const server = patient(createServer((request, response) => serve(request, response)))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  const running = next({ dev: false, dir: app, hostname: '127.0.0.1', port })
  await running.prepare()
  const serve = running.getRequestHandler()
  return {
    send: sendTo(port),
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await running.close()
    },
  }
}
