import { startNext } from './hosts/next.ts'
import { handlerSuite } from './suite/index.ts'

handlerSuite('on next', startNext)
