import type { GearLimits } from '../contract/lane.ts'
import type { Crypto } from '../contract/runtime.ts'

/**
 * Cuts a stream by its content, so that an insertion changes only the chunks around it.
 *
 * A gear hash (Xia et al., "Ddelta", 2014) with the normalised chunking of FastCDC (Xia et al., USENIX ATC 2016): before the
 * average a cut needs two more zero bits, after it two fewer, which narrows the spread of sizes. The table is
 * derived from a key, so that sizes tell nothing to whoever does not have it.
 */
export interface Chunker {
  /**
   * Takes the next bytes of the stream, and returns all whole chunks so far. The rest is kept for the next call.
   *
   * @param last nothing follows: the rest is a chunk too.
   */
  push(bytes: Uint8Array, last: boolean): CutChunks
}

export interface CutChunks {
  /** The chunks, one after the other. */
  readonly bytes: Uint8Array
  readonly lengths: Uint32Array
}

/** For dumps and documents: small chunks find most, and segments make them cheap. */
export const defaultGear: GearLimits = { minBytes: 2048, averageBytes: 8192, maxBytes: 65_536 }

/** For files, most of which are smaller than a chunk or change as a whole: fewer chunks to name and to list. */
export const fileGear: GearLimits = { minBytes: 8192, averageBytes: 32_768, maxBytes: 131_072 }

/** 256 random words for the hash. */
export function gearTable(crypto: Crypto, key: Uint8Array): Uint32Array {
  const table = new Uint8Array(1024)
  for (let part = 0; part < 32; part++) {
    table.set(crypto.hkdf(key, new Uint8Array(0), new TextEncoder().encode(`backup/1/gear/${part}`)), part * 32)
  }
  return new Uint32Array(table.buffer)
}

export function gearChunker(table: Uint32Array, limits: GearLimits): Chunker {
  const bits = Math.log2(limits.averageBytes)
  const strict = topBits(bits + 2)
  const lenient = topBits(bits - 2)
  let rest = new Uint8Array(0)

  const chunkLength = (bytes: Uint8Array, start: number): number | undefined => {
    const normal = Math.min(start + limits.averageBytes, bytes.length)
    const end = Math.min(start + limits.maxBytes, bytes.length)
    let hash = 0
    let at = start + limits.minBytes
    for (; at < normal; at++) {
      hash = ((hash << 1) + table[bytes[at]!]!) | 0
      if ((hash & strict) === 0) return at + 1 - start
    }
    for (; at < end; at++) {
      hash = ((hash << 1) + table[bytes[at]!]!) | 0
      if ((hash & lenient) === 0) return at + 1 - start
    }
    return end - start === limits.maxBytes ? limits.maxBytes : undefined
  }

  return {
    push(more, last) {
      const bytes = rest.length === 0 ? more : joined(rest, more)
      const lengths: number[] = []
      let start = 0
      while (start < bytes.length) {
        const length = chunkLength(bytes, start) ?? (last ? bytes.length - start : undefined)
        if (length === undefined) break
        lengths.push(length)
        start += length
      }
      rest = bytes.slice(start)
      return { bytes: bytes.subarray(0, start), lengths: Uint32Array.from(lengths) }
    },
  }
}

/** The top bits have seen the most bytes. */
function topBits(count: number): number {
  return (0xffff_ffff << (32 - count)) | 0
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}
