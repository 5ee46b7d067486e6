import { damaged } from '../damaged.ts'
import { bitsBelow, streamStart } from './bits.ts'
import { type FseTable, readFseTable } from './fse.ts'

/**
 * A code for literals: RFC 8878 §4.2. An entry for each value of `maxBits` bits: `symbol << 4 | code length`.
 */
export interface HuffmanTable {
  readonly maxBits: number
  readonly entries: Uint16Array
}

/** RFC 8878 §4.2.1. */
const maxBitsAllowed = 11
const maxWeights = 255

/** Reads a tree description, RFC 8878 §4.2.1.1, and returns where it ended. */
export function readHuffmanTable(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): { readonly table: HuffmanTable; readonly next: number } {
  if (start >= end) throw cutShort()
  const header = input[start]!
  const from = start + 1
  if (header < 128) {
    const next = from + header
    if (next > end) throw cutShort()
    const { table, next: streamFrom } = readFseTable(input, from, next, 6, 255)
    return { table: tableOf(readWeights(input, view, streamFrom, next, table)), next }
  }
  const count = header - 127
  const next = from + ((count + 1) >> 1)
  if (next > end) throw cutShort()
  const weights = Array.from(
    { length: count },
    (_, at) => (input[from + (at >> 1)]! >> (at & 1 ? 0 : 4)) & 15,
  )
  return { table: tableOf(weights), next }
}

/** Two states take turns until the bits run out: RFC 8878 §4.2.1.2. */
function readWeights(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  table: FseTable,
): number[] {
  const { accuracy, symbols, bits, bases } = table
  const bottom = start * 8
  let at = streamStart(input, start, end)
  const state = (): number => {
    at -= accuracy
    if (at < bottom) throw cutShort()
    return bitsBelow(view, at + accuracy, accuracy)
  }
  let current = state()
  let other = state()
  const weights: number[] = []
  for (;;) {
    weights.push(symbols[current]!)
    if (weights.length >= maxWeights) throw damaged('zstd', 'has a code with too many symbols')
    const count = bits[current]!
    if (at - count < bottom) {
      weights.push(symbols[other]!)
      return weights
    }
    const next = bases[current]! + bitsBelow(view, at, count)
    at -= count
    current = other
    other = next
  }
}

/** From weights to code lengths, the last one being what fills the code up: RFC 8878 §4.2.1. */
function tableOf(weights: number[]): HuffmanTable {
  if (weights.some((weight) => weight > maxBitsAllowed)) throw damaged('zstd', 'has an impossible code')
  const sum = weights.reduce((total, weight) => total + (weight > 0 ? 1 << (weight - 1) : 0), 0)
  const maxBits = 32 - Math.clz32(sum)
  const rest = (1 << maxBits) - sum
  if (sum === 0 || maxBits > maxBitsAllowed || (rest & (rest - 1)) !== 0) {
    throw damaged('zstd', 'has an impossible code')
  }
  const all = [...weights, 32 - Math.clz32(rest)]
  if (all.filter((weight) => weight === 1).length < 2) throw damaged('zstd', 'has an impossible code')

  // Symbols of least weight, hence the longest codes, come first; within a weight they keep their order.
  const entries = new Uint16Array(1 << maxBits)
  let at = 0
  for (let weight = 1; weight <= maxBits; weight++) {
    const width = 1 << (weight - 1)
    const length = maxBits + 1 - weight
    for (let symbol = 0; symbol < all.length; symbol++) {
      if (all[symbol] !== weight) continue
      entries.fill((symbol << 4) | length, at, at + width)
      at += width
    }
  }
  return { maxBits, entries }
}

/**
 * Decodes one stream of codes into `output[from..to)`. It must hold exactly as many.
 */
export function decodeStream(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  table: HuffmanTable,
  output: Uint8Array,
  from: number,
  to: number,
): void {
  const { entries, maxBits } = table
  const bottom = start * 8
  const mask = (1 << maxBits) - 1
  const shift = 25 - maxBits
  let position = streamStart(input, start, end)
  let at = from

  // Two codes of at most 11 bits from each 25 bits.
  for (const pairs = to - 1; at < pairs; at += 2) {
    const low = position - 25
    const bits = view.getUint32(low >>> 3, true) >>> (low & 7)
    const first = entries[(bits >>> shift) & mask]!
    const used = first & 15
    const second = entries[(bits >>> (shift - used)) & mask]!
    output[at] = first >>> 4
    output[at + 1] = second >>> 4
    position -= used + (second & 15)
    if (position < bottom) throw cutShort()
  }
  if (at < to) {
    const entry = entries[bitsBelow(view, position, maxBits)]!
    output[at] = entry >>> 4
    position -= entry & 15
  }
  if (position !== bottom) throw damaged('zstd', 'has literals of another length')
}

function cutShort(): Error {
  return damaged('zstd', 'is cut short')
}
