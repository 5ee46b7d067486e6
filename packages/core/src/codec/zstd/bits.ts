import { damaged } from '../damaged.ts'

/**
 * Bit streams of zstd are read from their end (RFC 8878 §4): the last byte has a highest bit that marks where
 * they start. A position is the number of the bit, counted from the start of the input, above the next one to
 * read.
 */
export function streamStart(input: Uint8Array, start: number, end: number): number {
  const last = end > start ? input[end - 1]! : 0
  if (last === 0) throw damaged('zstd', 'has a bit stream without a beginning')
  return end * 8 - (Math.clz32(last) - 24) - 1
}

/**
 * Up to 25 bits below `position`. Bits below the stream are whatever lies before it: the caller compares
 * positions.
 */
export function bitsBelow(view: DataView, position: number, count: number): number {
  const from = position - count
  return (view.getUint32(from >>> 3, true) >>> (from & 7)) & ((1 << count) - 1)
}
