import { startHono } from './hosts/hono.ts'
import { handlerSuite } from './suite/index.ts'

handlerSuite('on hono', startHono)
