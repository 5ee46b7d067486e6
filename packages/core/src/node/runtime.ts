import { availableParallelism } from 'node:os'
import type { Runtime } from '../contract/runtime.ts'
import { inlineLanes } from '../lane/inline-lanes.ts'
import { nodeCodecs } from './codecs.ts'
import { nodeCrypto } from './crypto.ts'
import { nodeLaneTools } from './lane-tools.ts'
import { openFileState } from './state.ts'
import { workerLanes } from './worker-lanes.ts'

/** Native cryptography and compression, worker threads, and local state in files. For Node, Bun and Deno. */
export const nodeRuntime: Runtime = {
  name: 'node',
  crypto: nodeCrypto,
  codecs: nodeCodecs,
  lanes: availableParallelism(),
  openLanes: async (setup) => (setup.workers > 0 ? workerLanes(setup) : inlineLanes(nodeLaneTools(), setup)),
  openState: openFileState,
}
