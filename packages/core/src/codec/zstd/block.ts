import { damaged } from '../damaged.ts'
import type { BlockMemory } from './block-memory.ts'
import { readLiterals } from './literals.ts'
import { runSequences } from './sequences.ts'
import { readSequencesHeader } from './sequence-tables.ts'

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
