import { startBare } from './hosts/bare.ts'
import { handlerSuite } from './suite/index.ts'

handlerSuite('on bare', startBare)
