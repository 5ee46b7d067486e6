import type { Codec } from '../contract/codec.ts'
import { levels } from './levels.ts'
import { decodeFrame } from './zstd/decode.ts'

/** zstd in plain JavaScript, which only reads. */
export const zstd: Codec = {
  id: 4,
  name: 'zstd',
  levels: levels.zstd,
  decode: decodeFrame,
}
