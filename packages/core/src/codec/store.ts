import type { Codec } from '../contract/codec.ts'
import { damaged } from './damaged.ts'
import { chosenLevel, levels } from './levels.ts'

/** Bytes as they are. What `encode` and `decode` return is what they were given, not a copy. */
export const store: Codec = {
  id: 0,
  name: 'store',
  levels: levels.store,
  encode(plain, level) {
    chosenLevel('store', level)
    return plain
  },
  decode(stored, plainLength) {
    if (stored.length === plainLength) return stored
    throw damaged('store', `has ${stored.length} bytes instead of ${plainLength}`)
  },
}
