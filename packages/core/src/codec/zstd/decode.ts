import { damaged } from '../damaged.ts'
import { type BlockMemory, decodeBlock, freshMemory } from './block.ts'
import { littleEndian, openFrame } from './frame.ts'
import { xxh64 } from './xxh64.ts'

/**
 * Decodes one zstd frame (RFC 8878) without dictionary to exactly `plainLength` bytes.
 *
 * Written for input that may be hostile: the output is the window, so nothing is allocated that the frame asks for;
 * every block consumes input, every sequence fills output, and every table is bounded, so it ends.
 *
 * @throws `corrupt` for anything else than one whole frame of that length, and for a checksum that differs.
 */
export function decodeFrame(stored: Uint8Array, plainLength: number): Uint8Array {
  const frame = openFrame(stored, plainLength)
  const plain = new Uint8Array(plainLength)
  // Bit readers fetch four bytes wherever the last bit lies.
  const input = new Uint8Array(stored.length + 4)
  input.set(stored)
  const memory = freshMemory(input, plain, frame.maxBlock)

  let at = frame.blocks
  let last: boolean
  do {
    if (at + 3 > stored.length) throw damaged('zstd', 'is cut short')
    const header = littleEndian(stored, at, 3)
    at += 3
    last = (header & 1) === 1
    at = copyOrDecode(memory, (header >> 1) & 3, at, header >> 3, stored.length)
  } while (!last)

  if (memory.written !== plainLength) {
    throw damaged('zstd', `decodes to ${memory.written} bytes instead of ${plainLength}`)
  }
  if (frame.checksum) {
    if (at + 4 > stored.length) throw damaged('zstd', 'is cut short')
    if (littleEndian(stored, at, 4) !== xxh64(plain)) throw damaged('zstd', 'has another checksum')
    at += 4
  }
  if (at !== stored.length) throw damaged('zstd', 'goes on after its end')
  return plain
}

/** One block (RFC 8878 §3.1.1.2) of `size` bytes; returns where the next one starts. */
function copyOrDecode(memory: BlockMemory, type: number, at: number, size: number, end: number): number {
  const { input, plain, written, maxBlock } = memory
  if (type === 3) throw damaged('zstd', 'has a block of unknown type')
  if (size > maxBlock) throw damaged('zstd', 'has a block that is too long')
  const next = type === 1 ? at + 1 : at + size
  if (next > end) throw damaged('zstd', 'is cut short')
  if (type === 2) {
    decodeBlock(memory, at, next)
    return next
  }
  if (size > plain.length - written) throw damaged('zstd', `decodes to more than ${plain.length} bytes`)
  if (type === 1) plain.fill(input[at]!, written, written + size)
  else plain.set(input.subarray(at, next), written)
  memory.written += size
  return next
}
