import { damaged } from '../damaged.ts'
import type { HuffmanTable } from './huffman.ts'
import { readLiterals } from './literals.ts'
import { runSequences } from './sequences.ts'
import { type SequenceTables, readSequencesHeader } from './sequence-tables.ts'

/** What blocks of a frame share: input, output, and what a block may take over from the one before. */
export interface BlockMemory {
  /** The stored bytes and four more. */
  readonly input: Uint8Array
  readonly view: DataView
  readonly plain: Uint8Array
  readonly maxBlock: number
  written: number
  /** Literals of the current block. */
  readonly literals: Uint8Array
  huffman: HuffmanTable | undefined
  tables: SequenceTables | undefined
  /** The last three offsets: RFC 8878 §3.1.1.5. */
  readonly offsets: [number, number, number]
}

export function freshMemory(input: Uint8Array, plain: Uint8Array, maxBlock: number): BlockMemory {
  return {
    input,
    view: new DataView(input.buffer),
    plain,
    maxBlock,
    written: 0,
    literals: new Uint8Array(maxBlock),
    huffman: undefined,
    tables: undefined,
    offsets: [1, 4, 8],
  }
}

/**
 * A compressed block, RFC 8878 §3.1.1.3: literals, then sequences of literals to take and matches to copy.
 */
export function decodeBlock(memory: BlockMemory, start: number, end: number): void {
  if (start >= end) throw damaged('zstd', 'has an empty compressed block')
  const literals = readLiterals(memory, start, end)
  const header = readSequencesHeader(memory, literals.next, end)
  const from = memory.written
  const taken = header.count > 0 ? runSequences(memory, header, literals.length, end) : 0
  // What no sequence takes belongs at the end.
  const rest = memory.literals.subarray(taken, literals.length)
  if (rest.length > memory.plain.length - memory.written) {
    throw damaged('zstd', `decodes to more than ${memory.plain.length} bytes`)
  }
  memory.plain.set(rest, memory.written)
  memory.written += rest.length
  if (memory.written - from > memory.maxBlock) throw damaged('zstd', 'has a block that is too long')
}
