import { startExpress } from './hosts/express.ts'
import { handlerSuite } from './suite/index.ts'

handlerSuite('on express', startExpress)
