import { checkPlainLength, damaged } from '../damaged.ts'

/** What a frame header says: RFC 8878 §3.1.1.1. */
export interface Frame {
  /** Where the first block starts. */
  readonly blocks: number
  /** No block decodes to more than this. */
  readonly maxBlock: number
  /** Four bytes of XXH64 follow the last block. */
  readonly checksum: boolean
}

/** RFC 8878 §3.1.1.2.4. */
const maxBlockLength = 131_072

/** The window that the reference decoder refuses to go beyond unless told otherwise. */
const maxWindow = 2 ** 27

/** Numbers of bits must fit 32 bits. Objects have at most 64 MiB. */
const maxStored = 2 ** 28

/** A block of four bytes may repeat one byte as often as a block allows. */
const maxRatio = maxBlockLength / 4

/**
 * Checks what can be checked before anything is decoded: the header, and that the blocks reach exactly to the
 * end. Native decoders differ in what they make of missing or additional bytes, so they are not left to them.
 *
 * @throws `corrupt` when it is not exactly one frame, needs a dictionary or a huge window, or announces
 * another length.
 */
export function openFrame(stored: Uint8Array, plainLength: number): Frame {
  checkPlainLength('zstd', stored, plainLength, maxRatio)
  if (stored.length > maxStored) throw damaged('zstd', 'is longer than any object')
  if (stored[0] !== 0x28 || stored[1] !== 0xb5 || stored[2] !== 0x2f || stored[3] !== 0xfd) {
    throw damaged('zstd', 'does not begin like a zstd frame')
  }
  const flags = stored[4]
  if (flags === undefined) throw damaged('zstd', 'is cut short')
  if (flags & 8) throw damaged('zstd', 'has unknown flags')
  const single = (flags & 32) !== 0
  let at = 5
  let window = single ? 0 : windowOf(stored[at++])
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!
  if (littleEndian(stored, at, dictionaryBytes) !== 0) throw damaged('zstd', 'needs a dictionary')
  at += dictionaryBytes
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!
  if (sizeBytes > 0) {
    const announced = littleEndian(stored, at, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
    if (announced !== plainLength) {
      throw damaged('zstd', `announces ${announced} bytes instead of ${plainLength}`)
    }
    if (single) window = announced
  }
  at += sizeBytes
  if (window > maxWindow) throw damaged('zstd', `needs a window of ${window} bytes`)
  const checksum = (flags & 4) !== 0
  const end = blocksEnd(stored, at) + (checksum ? 4 : 0)
  if (end > stored.length) throw damaged('zstd', 'is cut short')
  if (end < stored.length) throw damaged('zstd', 'goes on after its end')
  return { blocks: at, maxBlock: Math.min(window, maxBlockLength), checksum }
}

/** A block: RFC 8878 §3.1.1.2. */
export interface Block {
  readonly last: boolean
  /** 0 raw, 1 one byte repeated, 2 compressed. */
  readonly type: number
  /** Bytes of the block, or how often the byte is repeated. */
  readonly size: number
  readonly start: number
  readonly end: number
}

export function blockAt(stored: Uint8Array, at: number): Block {
  const header = littleEndian(stored, at, 3)
  const type = (header >> 1) & 3
  const size = header >> 3
  const start = at + 3
  return { last: (header & 1) === 1, type, size, start, end: start + (type === 1 ? 1 : size) }
}

function blocksEnd(stored: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    if (at + 3 > stored.length) throw damaged('zstd', 'is cut short')
    const { last, end } = blockAt(stored, at)
    if (last) return end
    at = end
  }
}

function windowOf(descriptor: number | undefined): number {
  if (descriptor === undefined) throw damaged('zstd', 'is cut short')
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

export function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let byte = count - 1; byte >= 0; byte--) value = value * 256 + (bytes[at + byte] ?? 0)
  return value
}
