import type { Codec } from '../contract/codec.ts'
import { levels } from './levels.ts'

/** Known by name and number only: plain JavaScript has no brotli here. */
export const brotli: Codec = {
  id: 2,
  name: 'brotli',
  levels: levels.brotli,
}
