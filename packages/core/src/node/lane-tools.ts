import type { LaneTools } from '../lane/tools.ts'
import { nodeCodecs } from './codecs.ts'
import { nodeCrypto } from './crypto.ts'
import { createFingerprint } from './fingerprint/fingerprint.ts'
import { laneFiles } from './lane-files.ts'

/** What a lane on Node works with. Each lane has files of its own, and takes its turn in writing to them. */
export function nodeLaneTools(writeTurn?: Int32Array): LaneTools {
  return { crypto: nodeCrypto, codecs: nodeCodecs, files: laneFiles(writeTurn), fingerprint: createFingerprint }
}
