import { damaged } from './damaged.ts'
import { codeTable } from './deflate-codes.ts'

/**
 * Decodes a deflate stream (RFC 1951) that starts at `start` until `output` is full, and returns where it
 * ended.
 *
 * Written for input that may be hostile: it never writes past `output`, and every step consumes input or
 * fills output, so it ends. What is malformed is what zlib calls malformed.
 *
 * @throws `corrupt` when the stream is malformed, cut short, or holds more or fewer bytes than `output` has.
 */
export function inflate(input: Uint8Array, start: number, output: Uint8Array): number {
  const bits = bitsOf(input, start)
  let written = 0
  let last: boolean
  do {
    last = take(bits, 1) === 1
    const type = take(bits, 2)
    position(bits)
    if (type === 3) throw damaged('gzip', 'has a block of unknown type')
    if (type === 0) written = copyStored(bits, output, written)
    else written = inflateBlock(bits, type === 1 ? fixedTables() : readTables(bits), output, written)
  } while (!last)
  if (written !== output.length) {
    throw damaged('gzip', `decodes to ${written} bytes instead of ${output.length}`)
  }
  return position(bits)
}

/** `held` has `count` bits, the next one lowest. Beyond the input there are zeros, and `position` notices. */
interface Bits {
  readonly input: Uint8Array
  held: number
  count: number
  at: number
}

function bitsOf(input: Uint8Array, at: number): Bits {
  return { input, held: 0, count: 0, at }
}

function fill(bits: Bits, count: number): void {
  for (; bits.count < count; bits.count += 8) {
    if (bits.at < bits.input.length) bits.held |= bits.input[bits.at]! << bits.count
    bits.at++
  }
}

function take(bits: Bits, count: number): number {
  fill(bits, count)
  const taken = bits.held & ((1 << count) - 1)
  bits.held >>>= count
  bits.count -= count
  return taken
}

/** The byte after the last one of which a bit was taken. @throws `corrupt` when there was no such byte. */
function position(bits: Bits): number {
  const at = bits.at - (bits.count >> 3)
  if (at > bits.input.length) throw damaged('gzip', 'is cut short')
  return at
}

function copyStored(bits: Bits, output: Uint8Array, written: number): number {
  take(bits, bits.count & 7)
  const length = take(bits, 16)
  const complement = take(bits, 16)
  const from = position(bits)
  if (complement !== (length ^ 0xffff)) throw damaged('gzip', 'has a stored block with a wrong length')
  if (length > bits.input.length - from) throw damaged('gzip', 'is cut short')
  if (length > output.length - written) throw tooLong(output)
  output.set(bits.input.subarray(from, from + length), written)
  Object.assign(bits, bitsOf(bits.input, from + length))
  return written + length
}

/**
 * The hot loop. Everything is in local variables; 16 bits or more are at hand wherever up to 15 are needed. A
 * read beyond the input gives `undefined`, which counts as zero.
 */
function inflateBlock(bits: Bits, tables: Tables, output: Uint8Array, from: number): number {
  const { symbols, distances } = tables
  const { input } = bits
  const outputEnd = output.length
  let written = from
  let { held, count, at } = bits

  for (;;) {
    if (count < 16) {
      held |= (input[at]! | (input[at + 1]! << 8)) << count
      at += 2
      count += 16
    }
    let entry = symbols[held & symbolMask]!
    if ((entry & 15) === 0) {
      entry = symbols[(entry >>> 8) + ((held >>> symbolBits) & ((1 << ((entry >>> 4) & 15)) - 1))]!
      if (entry === 0) throw damaged('gzip', 'has a code that stands for nothing')
    }
    held >>>= entry & 15
    count -= entry & 15
    const symbol = entry >>> 4

    if (symbol < endOfBlock) {
      if (written === outputEnd) throw tooLong(output)
      output[written++] = symbol
      continue
    }
    if (symbol === endOfBlock) break

    if (count < 16) {
      held |= (input[at]! | (input[at + 1]! << 8)) << count
      at += 2
      count += 16
    }
    const lengthExtra = lengthExtras[symbol - 257]!
    const length = lengthBases[symbol - 257]! + (held & ((1 << lengthExtra) - 1))
    held >>>= lengthExtra
    count -= lengthExtra
    if (count < 16) {
      held |= (input[at]! | (input[at + 1]! << 8)) << count
      at += 2
      count += 16
    }
    entry = distances[held & distanceMask]!
    if ((entry & 15) === 0) {
      entry = distances[(entry >>> 8) + ((held >>> distanceBits) & ((1 << ((entry >>> 4) & 15)) - 1))]!
      if (entry === 0) throw damaged('gzip', 'has a code that stands for nothing')
    }
    held >>>= entry & 15
    count -= entry & 15
    if (count < 16) {
      held |= (input[at]! | (input[at + 1]! << 8)) << count
      at += 2
      count += 16
    }
    const distanceExtra = distanceExtras[entry >>> 4]!
    const distance = distanceBases[entry >>> 4]! + (held & ((1 << distanceExtra) - 1))
    held >>>= distanceExtra
    count -= distanceExtra

    if (length > outputEnd - written) throw tooLong(output)
    if (distance > written) throw damaged('gzip', 'refers to bytes before its beginning')
    for (let source = written - distance, end = written + length; written < end;) {
      output[written++] = output[source++]!
    }
  }

  Object.assign(bits, { held, count, at })
  position(bits)
  return written
}

function tooLong(output: Uint8Array): Error {
  return damaged('gzip', `decodes to more than ${output.length} bytes`)
}

const endOfBlock = 256
const symbolBits = 10
const symbolMask = (1 << symbolBits) - 1
const distanceBits = 8
const distanceMask = (1 << distanceBits) - 1

/** Lengths and distances of copies: RFC 1951 §3.2.5. */
const lengthExtras = Uint8Array.from({ length: 29 }, (_, code) =>
  code === 28 ? 0 : Math.max(0, (code >> 2) - 1),
)
const lengthBases = basesOf(lengthExtras, 3).fill(258, 28)
const distanceExtras = Uint8Array.from({ length: 30 }, (_, code) => Math.max(0, (code >> 1) - 1))
const distanceBases = basesOf(distanceExtras, 1)

function basesOf(extras: Uint8Array, first: number): Uint16Array {
  let next = first
  return Uint16Array.from(extras, (extra) => {
    const base = next
    next += 1 << extra
    return base
  })
}

interface Tables {
  readonly symbols: Uint32Array
  readonly distances: Uint32Array
}

let fixed: Tables | undefined

/** RFC 1951 §3.2.6. */
function fixedTables(): Tables {
  if (fixed) return fixed
  const lengths = new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280)
  fixed = {
    symbols: codeTable(lengths, symbolBits, 286, true),
    distances: codeTable(new Uint8Array(32).fill(5), distanceBits, 30, true),
  }
  return fixed
}

/** RFC 1951 §3.2.7. */
function readTables(bits: Bits): Tables {
  const symbols = take(bits, 5) + 257
  const distances = take(bits, 5) + 1
  if (symbols > 286 || distances > 30) throw damaged('gzip', 'has a block with too many codes')
  const lengths = readLengths(bits, symbols + distances)
  if (lengths[endOfBlock] === 0) throw damaged('gzip', 'has a block that cannot end')
  return {
    symbols: codeTable(lengths.subarray(0, symbols), symbolBits, 286, true),
    distances: codeTable(lengths.subarray(symbols), distanceBits, 30, true),
  }
}

const lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

function readLengths(bits: Bits, wanted: number): Uint8Array {
  const own = new Uint8Array(19)
  const ownCount = take(bits, 4) + 4
  for (let at = 0; at < ownCount; at++) own[lengthOrder[at]!] = take(bits, 3)
  const table = codeTable(own, 7, 19, false)

  const lengths = new Uint8Array(wanted)
  for (let at = 0; at < wanted;) {
    fill(bits, 7)
    const entry = table[bits.held & 127]!
    if ((entry & 15) === 0) throw damaged('gzip', 'has a code that stands for nothing')
    take(bits, entry & 15)
    const symbol = entry >>> 4
    if (symbol < 16) {
      lengths[at++] = symbol
      continue
    }
    if (symbol === 16 && at === 0) throw damaged('gzip', 'repeats a code length before the first')
    const value = symbol === 16 ? lengths[at - 1]! : 0
    const end = at + repeat(bits, symbol)
    if (end > wanted) throw damaged('gzip', 'has a block with too many codes')
    lengths.fill(value, at, end)
    at = end
  }
  return lengths
}

function repeat(bits: Bits, symbol: number): number {
  if (symbol === 16) return 3 + take(bits, 2)
  return symbol === 17 ? 3 + take(bits, 3) : 11 + take(bits, 7)
}
