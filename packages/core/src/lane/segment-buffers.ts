import type { SegmentKind } from '../contract/lane.ts'

/** The bytes of segments that are being gathered. */
export interface OpenSegment {
  append(bytes: Uint8Array): void
  /** What was gathered since the last `clear`; a view. */
  bytes(): Uint8Array
  clear(): void
  /** The buffer is about to be used for something else: what was only borrowed from it is copied. */
  keepFrom(buffer: ArrayBufferLike): void
}

export interface SegmentBuffers {
  open(kind: SegmentKind): OpenSegment
  keepFrom(buffer: ArrayBufferLike): void
}

/** Segments hold up to 1 MiB, or one unit if that is larger. */
export const segmentBytes: number = 1 << 20

/** From this size on a stretch is borrowed: in a first backup whole segments are, and nothing is copied. */
const worthBorrowing = 64 << 10

const smallest = 64 << 10

export function segmentBuffers(): SegmentBuffers {
  const segments: Partial<Record<SegmentKind, OpenSegment>> = {}
  return {
    open: (kind) => (segments[kind] ??= openSegment()),
    keepFrom(buffer) {
      for (const segment of Object.values(segments)) segment.keepFrom(buffer)
    },
  }
}

function openSegment(): OpenSegment {
  let buffer = new Uint8Array(0)
  let length = 0
  let borrowed: Uint8Array | undefined

  const copy = (bytes: Uint8Array): void => {
    const needed = length + bytes.length
    if (needed > buffer.length) {
      // Fresh memory costs as much as filling it, and most backups are small.
      const grown = Math.max(smallest, buffer.length * 4)
      const larger = new Uint8Array(Math.max(needed, buffer.length < segmentBytes ? Math.min(segmentBytes, grown) : buffer.length * 2))
      larger.set(buffer.subarray(0, length))
      buffer = larger
    }
    buffer.set(bytes, length)
    length = needed
  }
  const own = (): void => {
    const bytes = borrowed
    borrowed = undefined
    if (bytes) copy(bytes)
  }

  return {
    append(bytes) {
      own()
      if (length === 0 && bytes.length >= worthBorrowing) borrowed = bytes
      else copy(bytes)
    },
    bytes: () => borrowed ?? buffer.subarray(0, length),
    clear() {
      borrowed = undefined
      length = 0
    },
    keepFrom(other) {
      if (borrowed?.buffer === other) own()
    },
  }
}
