import { gzipSync } from 'fflate'
import type { Codec } from '../contract/codec.ts'
import { crc32 } from './crc32.ts'
import { closeMember, openMember } from './gzip-member.ts'
import { inflate } from './inflate.ts'
import { chosenLevel, levels } from './levels.ts'

/** gzip in plain JavaScript: RFC 1952, one member. */
export const gzip: Codec = {
  id: 1,
  name: 'gzip',
  levels: levels.gzip,
  encode(plain, level) {
    return gzipSync(plain, { level: chosenLevel('gzip', level) as Level, mtime: 0 })
  },
  decode(stored, plainLength) {
    const start = openMember(stored, plainLength)
    const plain = new Uint8Array(plainLength)
    const end = inflate(stored, start, plain)
    closeMember(stored, end, crc32(plain))
    return plain
  },
}

type Level = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
