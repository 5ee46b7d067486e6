import { type RequestListener, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { toNodeHandler } from '../../src/node/index.ts'
import { type Host, type StartHost, patient, sendTo } from './host.ts'

export const startNode: StartHost = (handler) => listen(toNodeHandler(handler))

export async function listen(listener: RequestListener): Promise<Host> {
  const server = patient(createServer(listener))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    send: sendTo((server.address() as AddressInfo).port),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
