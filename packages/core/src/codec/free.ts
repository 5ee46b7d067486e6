/**
 * Gives the memory of a large array back at once. The array is empty afterwards, and so is every other view of its buffer.
 *
 * Garbage collectors of JavaScript let 64 MB of such memory pile up in each thread before they look at it. A pipeline that goes
 * through gigabytes would spend a tenth of its time there, and several times the memory it needs.
 *
 * Only for arrays that nobody else can still use: results that belong to the caller, never views into something shared.
 */
export function free(bytes: Uint8Array): void {
  const { buffer } = bytes
  if (bytes.byteLength < worthWhile || bytes.byteLength * 4 < buffer.byteLength) return
  ;(buffer as { transfer?: (length: number) => ArrayBuffer }).transfer?.(0)
}

/** Below this an array may share a pooled buffer with others, and nothing is gained. */
const worthWhile = 64 << 10
