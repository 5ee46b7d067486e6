import compression from 'compression'
import express from 'express'
import { toNodeHandler } from '../../src/node/index.ts'
import type { StartHost } from './host.ts'
import { listen } from './node.ts'

/** As most applications have it: answers are compressed, and every body is parsed before anybody else sees it. */
export const startExpress: StartHost = (handler) => {
  const app = express()
  app.use(compression({ threshold: 0 }))
  app.use(express.json({ limit: '1mb' }))
  app.use('/api/backup', toNodeHandler(handler))
  return listen(app)
}
