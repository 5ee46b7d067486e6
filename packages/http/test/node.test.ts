import { startNode } from './hosts/node.ts'
import { handlerSuite } from './suite/index.ts'

handlerSuite('on node', startNode)
