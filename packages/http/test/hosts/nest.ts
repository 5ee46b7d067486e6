import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { toNodeHandler } from '../../src/node/index.ts'
import { type StartHost, patient, sendTo } from './host.ts'

class AppModule {}
Module({})(AppModule)

/** With the body parser that Nest brings. */
export const startNest: StartHost = async (handler) => {
  const app = await NestFactory.create(AppModule, { logger: false })
  app.use('/api/backup', toNodeHandler(handler))
  await app.listen(0, '127.0.0.1')
  const server = patient(app.getHttpServer() as Server)
  return {
    send: sendTo((server.address() as AddressInfo).port),
    async close() {
      server.closeAllConnections()
      await app.close()
    },
  }
}
