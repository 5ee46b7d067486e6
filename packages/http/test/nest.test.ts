import { startNest } from './hosts/nest.ts'
import { handlerSuite } from './suite/index.ts'

handlerSuite('on nest', startNest)
