import { damaged } from '../damaged.ts'
import { decodeBlock } from './block.ts'
import { type BlockMemory, freshMemory } from './block-memory.ts'
import { type Block, blockAt, littleEndian, openFrame } from './frame.ts'
import { xxh64 } from './xxh64.ts'

/**
 * Decodes one zstd frame (RFC 8878) without dictionary to exactly `plainLength` bytes.
 *
 * Written for input that may be hostile: the output is the window, so nothing is allocated that the frame
 * asks for; every block consumes input, every sequence fills output, and every table is bounded, so it ends.
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

  let block: Block
  let at = frame.blocks
  do {
    block = blockAt(input, at)
    copyOrDecode(memory, block)
    at = block.end
  } while (!block.last)

  if (memory.written !== plainLength) {
    throw damaged('zstd', `decodes to ${memory.written} bytes instead of ${plainLength}`)
  }
  if (frame.checksum && littleEndian(stored, at, 4) !== xxh64(plain)) {
    throw damaged('zstd', 'has another checksum')
  }
  return plain
}

function copyOrDecode(memory: BlockMemory, { type, size, start, end }: Block): void {
  const { input, plain, written, maxBlock } = memory
  if (type === 3) throw damaged('zstd', 'has a block of unknown type')
  if (size > maxBlock) throw damaged('zstd', 'has a block that is too long')
  if (type === 2) {
    decodeBlock(memory, start, end)
    return
  }
  if (size > plain.length - written) throw damaged('zstd', `decodes to more than ${plain.length} bytes`)
  if (type === 1) plain.fill(input[start]!, written, written + size)
  else plain.set(input.subarray(start, end), written)
  memory.written += size
}
