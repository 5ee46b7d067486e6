import { decompress } from 'brotli/decompress'
import { crc32 } from '../../../packages/core/src/codec/crc32.ts'
import { closeMember, openMember } from '../../../packages/core/src/codec/gzip-member.ts'
import { inflate } from '../../../packages/core/src/codec/inflate.ts'
import { Buffer } from './buffer.ts'

interface Limit {
  readonly maxOutputLength: number
}

/** Zstandard and LZ4 the program decodes by itself. */
export default {
  gunzipSync(stored: Uint8Array, { maxOutputLength }: Limit): Buffer {
    const plain = Buffer.alloc(maxOutputLength)
    const end = inflate(stored, openMember(stored, maxOutputLength), plain)
    closeMember(stored, end, crc32(plain))
    return plain
  },

  /** It stops late where there is too much; nothing comes here that was not sealed by who had the keys. */
  brotliDecompressSync(stored: Uint8Array, { maxOutputLength }: Limit): Buffer {
    const plain = decompress(stored, maxOutputLength)
    if (plain.length > maxOutputLength) throw Object.assign(new Error('Too much.'), { code: 'ERR_BUFFER_TOO_LARGE' })
    return asBuffer(plain)
  },
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, length)
}
