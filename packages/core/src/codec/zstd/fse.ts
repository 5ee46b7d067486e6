import { damaged } from '../damaged.ts'

/** A decoding table of finite state entropy: RFC 8878 §4.1. A state is a row. */
export interface FseTable {
  readonly accuracy: number
  readonly symbols: Uint8Array
  /** Bits to read for the next state, and what to add to them. */
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

/**
 * Reads a table description (RFC 8878 §4.1.1) that starts at the byte `start` and does not pass `end`.
 *
 * @param maxSymbol the greatest symbol that may occur
 */
export function readFseTable(
  input: Uint8Array,
  start: number,
  end: number,
  maxAccuracy: number,
  maxSymbol: number,
): { readonly table: FseTable; readonly next: number } {
  let bit = start * 8
  const read = (count: number): number => {
    const byte = bit >> 3
    const word = (input[byte] ?? 0) | ((input[byte + 1] ?? 0) << 8) | ((input[byte + 2] ?? 0) << 16)
    const value = (word >> (bit & 7)) & ((1 << count) - 1)
    bit += count
    if (bit > end * 8) throw damaged('zstd', 'is cut short')
    return value
  }

  const accuracy = read(4) + 5
  if (accuracy > maxAccuracy) throw damaged('zstd', 'has a table that is too large')
  const probabilities: number[] = []
  let left = 1 << accuracy
  while (left > 0) {
    if (probabilities.length > maxSymbol) throw damaged('zstd', 'has a table with too many symbols')
    const probability = readProbability(read, left, () => bit--)
    left -= Math.abs(probability)
    probabilities.push(probability)
    if (probability !== 0) continue
    let zeros: number
    do {
      zeros = read(2)
      for (let more = 0; more < zeros; more++) probabilities.push(0)
    } while (zeros === 3)
  }
  if (probabilities.length > maxSymbol + 1) throw damaged('zstd', 'has a table with too many symbols')
  return { table: fseTable(probabilities, accuracy), next: (bit + 7) >> 3 }
}

/** Small values take one bit less. −1 stands for "less than one". */
function readProbability(read: (count: number) => number, left: number, unread: () => void): number {
  const count = 32 - Math.clz32(left + 1)
  const value = read(count)
  const small = value & ((1 << (count - 1)) - 1)
  const threshold = (1 << count) - 1 - (left + 1)
  if (small < threshold) {
    unread()
    return small - 1
  }
  return (value < 1 << (count - 1) ? value : value - threshold) - 1
}

/** RFC 8878 §4.1.1: symbols are spread over the states, those of least probability at the end. */
export function fseTable(probabilities: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy
  const symbols = new Uint8Array(size)
  const next = new Uint16Array(probabilities.length)
  let high = size
  probabilities.forEach((probability, symbol) => {
    next[symbol] = Math.abs(probability)
    if (probability === -1) symbols[--high] = symbol
  })
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  probabilities.forEach((probability, symbol) => {
    for (let times = probability; times > 0; times--) {
      symbols[at] = symbol
      do at = (at + step) & (size - 1)
      while (at >= high)
    }
  })

  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  for (let state = 0; state < size; state++) {
    const count = next[symbols[state]!]!++
    bits[state] = accuracy - (31 - Math.clz32(count))
    bases[state] = (count << bits[state]!) - size
  }
  return { accuracy, symbols, bits, bases }
}

/** A table whose only state is this symbol, and which takes no bits. */
export function constantTable(symbol: number): FseTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}
