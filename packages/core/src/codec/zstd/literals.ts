import { damaged } from '../damaged.ts'
import type { BlockMemory } from './block-memory.ts'
import { littleEndian } from './frame.ts'
import { type HuffmanTable, decodeStream, readHuffmanTable } from './huffman.ts'

/** The literals section, RFC 8878 §3.1.1.3.1: its bytes go to `memory.literals`. */
export function readLiterals(
  memory: BlockMemory,
  start: number,
  end: number,
): { readonly length: number; readonly next: number } {
  const type = memory.input[start]! & 3
  return type < 2 ? readPlain(memory, type, start, end) : readCoded(memory, type, start, end)
}

/** Raw, or one byte repeated. */
function readPlain(
  memory: BlockMemory,
  type: number,
  start: number,
  end: number,
): { length: number; next: number } {
  const { input, literals } = memory
  const format = (input[start]! >> 2) & 3
  const headerLength = [1, 2, 1, 3][format]!
  const length = littleEndian(input, start, headerLength) >> (headerLength === 1 ? 3 : 4)
  const from = start + headerLength
  const next = type === 0 ? from + length : from + 1
  if (length > memory.maxBlock) throw tooLong()
  if (next > end) throw cutShort()
  if (type === 0) literals.set(input.subarray(from, next), 0)
  else literals.fill(input[from]!, 0, length)
  return { length, next }
}

/** Huffman-coded, with a tree of its own or that of the block before. */
function readCoded(
  memory: BlockMemory,
  type: number,
  start: number,
  end: number,
): { length: number; next: number } {
  const { input, view } = memory
  const format = (input[start]! >> 2) & 3
  const headerLength = [3, 3, 4, 5][format]!
  const width = [10, 10, 14, 18][format]!
  // Two numbers of that width behind four bits; up to 40 bits, so not with shifts.
  const header = Math.floor(littleEndian(input, start, headerLength) / 16)
  const length = header % 2 ** width
  const from = start + headerLength
  const next = from + Math.floor(header / 2 ** width)
  if (length > memory.maxBlock) throw tooLong()
  if (next > end) throw cutShort()

  let streams = from
  if (type === 2) {
    const { table, next: afterTree } = readHuffmanTable(input, view, from, next)
    memory.huffman = table
    streams = afterTree
  }
  if (!memory.huffman) throw damaged('zstd', 'refers to a code that was not given')
  if (format === 0) decodeStream(input, view, streams, next, memory.huffman, memory.literals, 0, length)
  else decodeFour(memory, memory.huffman, streams, next, length)
  return { length, next }
}

/**
 * Four streams of equal length, the last one shorter, behind a table of their sizes: RFC 8878 §3.1.1.3.1.6.
 */
function decodeFour(
  memory: BlockMemory,
  table: HuffmanTable,
  start: number,
  end: number,
  length: number,
): void {
  const { input, view, literals } = memory
  const part = (length + 3) >> 2
  if (start + 6 > end) throw cutShort()
  if (length < 6) throw damaged('zstd', 'has too few literals for four streams')
  let from = start + 6
  for (let stream = 0; stream < 4; stream++) {
    const next = stream < 3 ? from + littleEndian(input, start + stream * 2, 2) : end
    if (next > end) throw cutShort()
    decodeStream(
      input,
      view,
      from,
      next,
      table,
      literals,
      part * stream,
      stream < 3 ? part * (stream + 1) : length,
    )
    from = next
  }
}

function cutShort(): Error {
  return damaged('zstd', 'is cut short')
}

function tooLong(): Error {
  return damaged('zstd', 'has a block that is too long')
}
