import type { SegmentKind } from '../contract/lane.ts'

/** The bytes of segments that are being gathered. */
export interface OpenSegment {
  append(bytes: Uint8Array): void
  /** What was gathered since the last `clear`; a view. */
  bytes(): Uint8Array
  clear(): void
}

/** Segments hold up to 1 MiB, or one unit if that is larger. */
export const segmentBytes: number = 1 << 20

export function segmentBuffers(): { open(kind: SegmentKind): OpenSegment } {
  const open: Partial<Record<SegmentKind, OpenSegment>> = {}
  return { open: (kind) => (open[kind] ??= openSegment()) }
}

function openSegment(): OpenSegment {
  let buffer = new Uint8Array(segmentBytes)
  let length = 0
  return {
    append(bytes) {
      if (length + bytes.length > buffer.length) {
        const larger = new Uint8Array(Math.max(buffer.length * 2, length + bytes.length))
        larger.set(buffer.subarray(0, length))
        buffer = larger
      }
      buffer.set(bytes, length)
      length += bytes.length
    },
    bytes: () => buffer.subarray(0, length),
    clear() {
      length = 0
    },
  }
}
