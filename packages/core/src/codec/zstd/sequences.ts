import { damaged } from '../damaged.ts'
import { bitsBelow, streamStart } from './bits.ts'
import type { BlockMemory } from './block-memory.ts'
import type { SequencesHeader } from './sequence-tables.ts'

/**
 * Runs the sequences of a block (RFC 8878 §3.1.1.4): each takes some literals and then copies from what was
 * written.
 *
 * @returns how many literals were taken
 */
export function runSequences(
  memory: BlockMemory,
  header: SequencesHeader,
  literalCount: number,
  end: number,
): number {
  const { input, view, plain, literals, offsets } = memory
  const { literals: literalTable, offsets: offsetTable, matches: matchTable } = header.tables
  const bottom = header.next * 8
  const limit = plain.length
  let position = streamStart(input, header.next, end)
  let written = memory.written
  let taken = 0

  position -= literalTable.accuracy
  let literalState = bitsBelow(view, position + literalTable.accuracy, literalTable.accuracy)
  position -= offsetTable.accuracy
  let offsetState = bitsBelow(view, position + offsetTable.accuracy, offsetTable.accuracy)
  position -= matchTable.accuracy
  let matchState = bitsBelow(view, position + matchTable.accuracy, matchTable.accuracy)

  for (let left = header.count; ;) {
    const offsetCode = offsetTable.symbols[offsetState]!
    const matchCode = matchTable.symbols[matchState]!
    const literalCode = literalTable.symbols[literalState]!
    if (offsetCode > maxOffsetCode) throw tooFar()
    const offsetValue =
      offsetCode > 24
        ? longValue(view, position, offsetCode)
        : (1 << offsetCode) + bitsBelow(view, position, offsetCode)
    position -= offsetCode
    const matchLength = matchBases[matchCode]! + bitsBelow(view, position, matchExtras[matchCode]!)
    position -= matchExtras[matchCode]!
    const literalLength = literalBases[literalCode]! + bitsBelow(view, position, literalExtras[literalCode]!)
    position -= literalExtras[literalCode]!
    if (position < bottom) throw damaged('zstd', 'is cut short')

    const offset =
      offsetValue > 3
        ? remember(offsets, offsetValue - 3)
        : repeat(offsets, offsetValue - (literalLength === 0 ? 0 : 1))
    if (literalLength > literalCount - taken) throw damaged('zstd', 'takes more literals than there are')
    if (literalLength + matchLength > limit - written) {
      throw damaged('zstd', `decodes to more than ${limit} bytes`)
    }
    for (const until = written + literalLength; written < until;) plain[written++] = literals[taken++]!
    if (offset > written || offset === 0) throw tooFar()
    for (let from = written - offset, until = written + matchLength; written < until;) {
      plain[written++] = plain[from++]!
    }

    if (--left === 0) break
    const literalBits = literalTable.bits[literalState]!
    literalState = literalTable.bases[literalState]! + bitsBelow(view, position, literalBits)
    position -= literalBits
    const matchBits = matchTable.bits[matchState]!
    matchState = matchTable.bases[matchState]! + bitsBelow(view, position, matchBits)
    position -= matchBits
    const offsetBits = offsetTable.bits[offsetState]!
    offsetState = offsetTable.bases[offsetState]! + bitsBelow(view, position, offsetBits)
    position -= offsetBits
  }

  if (position !== bottom) throw damaged('zstd', 'has sequences of another length')
  memory.written = written
  return taken
}

/** Beyond what any output here can have. */
const maxOffsetCode = 30

function longValue(view: DataView, position: number, code: number): number {
  const high = bitsBelow(view, position, code - 16)
  const low = bitsBelow(view, position - (code - 16), 16)
  return 2 ** code + high * 65_536 + low
}

function remember(offsets: [number, number, number], offset: number): number {
  offsets[2] = offsets[1]
  offsets[1] = offsets[0]
  offsets[0] = offset
  return offset
}

/** RFC 8878 §3.1.1.5: 0 to 2 are the last offsets, 3 is the last one less one. */
function repeat(offsets: [number, number, number], which: number): number {
  if (which === 0) return offsets[0]
  const offset = which === 3 ? offsets[0] - 1 : offsets[which as 1 | 2]
  if (which > 1) offsets[2] = offsets[1]
  offsets[1] = offsets[0]
  offsets[0] = offset
  return offset
}

function tooFar(): Error {
  return damaged('zstd', 'refers to bytes before its beginning')
}

/** RFC 8878 §3.1.1.3.2.1.1: small codes stand for themselves, later ones for ranges that double. */
const literalExtras = extrasOf(16, [1, 1, 1, 1, 2, 2, 3, 3, 4], 6, 36)
const literalBases = basesOf(literalExtras, 0)
const matchExtras = extrasOf(32, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5], 7, 53)
const matchBases = basesOf(matchExtras, 3)

function extrasOf(single: number, ranges: readonly number[], last: number, count: number): Uint8Array {
  const extras = new Uint8Array(count)
  extras.set(ranges, single)
  for (let code = single + ranges.length; code < count; code++) {
    extras[code] = last + code - single - ranges.length
  }
  return extras
}

function basesOf(extras: Uint8Array, first: number): Uint32Array {
  let next = first
  return Uint32Array.from(extras, (extra) => {
    const base = next
    next += 2 ** extra
    return base
  })
}
