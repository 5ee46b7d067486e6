import * as zlib from 'node:zlib'
import type { Codec, CodecName, CodecTable } from '../contract/codec.ts'
import { crc32 } from '../codec/crc32.ts'
import { checkPlainLength, damaged } from '../codec/damaged.ts'
import { closeMember, openMember, trailerLength } from '../codec/gzip-member.ts'
import { chosenLevel, levels } from '../codec/levels.ts'
import { lz4 } from '../codec/lz4.ts'
import { store } from '../codec/store.ts'
import { zstd as portableZstd } from '../codec/zstd.ts'
import { openFrame } from '../codec/zstd/frame.ts'
import { BackupError } from '../errors.ts'
import { plainBytes } from './plain-bytes.ts'

/**
 * Codecs by `node:zlib`, for Node and whatever offers the same module. The calls are synchronous: they belong
 * into worker threads, where they cost less than zlib's own thread pool.
 *
 * zstd is native where the runtime has it (Node 22.15 and later). Without it, it can still be read.
 */
export const nodeCodecs: CodecTable = { 0: store, 1: gzipCodec(), 2: brotliCodec(), 3: lz4, 4: zstdCodec() }

function gzipCodec(): Codec {
  const { crc32: nativeCrc = crc32 } = zlib as { crc32?: (bytes: Uint8Array) => number }
  return {
    id: 1,
    name: 'gzip',
    levels: levels.gzip,
    encode(plain, level) {
      return plainBytes(zlib.gzipSync(plain, { level: chosenLevel('gzip', level), chunkSize: room(plain) }))
    },
    // Not gunzip: it would read any number of members one after the other.
    decode(stored, plainLength) {
      const start = openMember(stored, plainLength)
      const stream = stored.subarray(start, stored.length - trailerLength)
      const { plain, consumed } = decodeExactly('gzip', zlib.inflateRawSync, stream, plainLength)
      closeMember(stored, start + consumed, nativeCrc(plain))
      return plain
    },
  }
}

function brotliCodec(): Codec {
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = zlib.constants
  return {
    id: 2,
    name: 'brotli',
    levels: levels.brotli,
    encode(plain, level) {
      const params = {
        [BROTLI_PARAM_QUALITY]: chosenLevel('brotli', level),
        [BROTLI_PARAM_SIZE_HINT]: plain.length,
      }
      return plainBytes(zlib.brotliCompressSync(plain, { params, chunkSize: room(plain) }))
    },
    decode(stored, plainLength) {
      checkPlainLength('brotli', stored, plainLength, maxMetaBlock)
      return decodeWhole('brotli', zlib.brotliDecompressSync, stored, plainLength)
    },
  }
}

/** RFC 7932 §9.2: no byte of a stream stands for more. */
const maxMetaBlock = 2 ** 24

function zstdCodec(): Codec {
  const { zstdCompressSync, zstdDecompressSync } = zlib as Partial<typeof zlib>
  if (!zstdCompressSync || !zstdDecompressSync) return portableZstd
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog, ZSTD_c_hashLog, ZSTD_c_minMatch, ZSTD_c_targetLength } = zlib.constants
  const forPages = { [ZSTD_c_windowLog]: 18, [ZSTD_c_hashLog]: 15, [ZSTD_c_minMatch]: 6, [ZSTD_c_targetLength]: 1 }
  return {
    id: 4,
    name: 'zstd',
    levels: levels.zstd,
    encode(plain, level, shape) {
      const number = chosenLevel('zstd', level)
      const params = { ...(shape === 'pages' && number === 1 && forPages), [ZSTD_c_compressionLevel]: number }
      return plainBytes(zstdCompressSync(plain, { params, chunkSize: room(plain) }))
    },
    decode(stored, plainLength) {
      openFrame(stored, plainLength)
      return decodeWhole('zstd', zstdDecompressSync, stored, plainLength)
    },
  }
}

/*
 * `forPages`: on pages of a database the fast strategy with a target length of 1 looks at every other place only, which costs
 * nothing there (ratio 2.01 against 2.03), and together with a window and table that fit the second-level cache encodes 4 % and decodes 35 %
 * faster than level 1 as it comes. On text it would cost a sixth of the ratio.
 */

/**
 * Room for any result in one piece: with less, the codec works in pieces, which costs up to 15 %. zstd asks
 * for 1/256 more than the input and some bytes (ZSTD_COMPRESSBOUND), the others for less.
 */
function room(plain: Uint8Array): number {
  return plain.length + (plain.length >>> 8) + 1024
}

interface DecodeOptions {
  readonly info: true
  readonly maxOutputLength: number
  readonly chunkSize: number
}

type Decompress = (stored: Uint8Array, options: DecodeOptions) => Uint8Array

/** What comes back with the option `info`: `bytesWritten` are those that the decoder took in. */
interface Informed {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

function decodeWhole(
  codec: CodecName,
  decompress: Decompress,
  stored: Uint8Array,
  plainLength: number,
): Uint8Array {
  const { plain, consumed } = decodeExactly(codec, decompress, stored, plainLength)
  if (stored.length > 0 && consumed === stored.length) return plain
  throw damaged(codec, 'goes on after its end')
}

/**
 * The output buffer has room for one byte more than may come: enough to notice, and all that a bomb gets. In
 * one piece of that size, zstd decodes half as fast again as in the pieces that are usual.
 */
function decodeExactly(
  codec: CodecName,
  decompress: Decompress,
  stored: Uint8Array,
  plainLength: number,
): { readonly plain: Uint8Array; readonly consumed: number } {
  const options: DecodeOptions = {
    info: true,
    maxOutputLength: Math.max(plainLength, 1),
    chunkSize: Math.max(plainLength + 1, 64),
  }
  let result: Informed
  try {
    result = decompress(stored, options) as unknown as Informed
  } catch (cause) {
    if (outOfMemory(cause)) {
      throw new BackupError('transient', `There is too little memory to decode ${codec}.`, { cause })
    }
    throw damaged(codec, `does not decode to ${plainLength} bytes`, cause)
  }
  const { buffer, engine } = result
  if (buffer.length !== plainLength) {
    throw damaged(codec, `decodes to ${buffer.length} bytes instead of ${plainLength}`)
  }
  return { plain: plainBytes(buffer), consumed: engine.bytesWritten }
}

function outOfMemory(cause: unknown): boolean {
  const { code } = cause as { code?: unknown }
  return (
    code === 'Z_MEM_ERROR' ||
    code === 'ZSTD_error_memory_allocation' ||
    code === 'ERR_MEMORY_ALLOCATION_FAILED'
  )
}
