import type { FseTable } from './fse.ts'
import type { HuffmanTable } from './huffman.ts'

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

/** How the three parts of a sequence are coded in a block. */
export interface SequenceTables {
  readonly literals: FseTable
  readonly offsets: FseTable
  readonly matches: FseTable
}
