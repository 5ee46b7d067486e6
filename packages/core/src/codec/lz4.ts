import type { Codec } from '../contract/codec.ts'
import { decodeBlock } from './lz4-decode.ts'
import { encodeBlock } from './lz4-encode.ts'
import { chosenLevel, levels } from './levels.ts'

/** LZ4 block format without frame, in plain JavaScript on every runtime. */
export const lz4: Codec = {
  id: 3,
  name: 'lz4',
  levels: levels.lz4,
  encode(plain, level) {
    chosenLevel('lz4', level)
    return encodeBlock(plain)
  },
  decode: decodeBlock,
}
