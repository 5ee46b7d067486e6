import { damaged } from './damaged.ts'

/**
 * A prefix code of deflate (RFC 1951 §3.2.2) as a table for decoding.
 *
 * An entry is `symbol << 4 | code length`. Codes longer than `tableBits` are found in a second step: their
 * first bits lead to an entry `start << 8 | further bits << 4`, and the further bits are counted from
 * `start`. Codes that stand for nothing end at an entry of zero in the same two steps.
 *
 * @param lengths code length of each symbol, 0 for none, at most 15
 * @param usable symbols from this one on may have a code that must not occur
 * @param lone a single code of one bit is allowed though it leaves the other bit without meaning
 * @throws `corrupt` for lengths that make no code, by the rules of zlib
 */
export function codeTable(
  lengths: Uint8Array,
  tableBits: number,
  usable: number,
  lone: boolean,
): Uint32Array {
  const codes = firstCodes(lengths, lone)
  const reversed = new Uint16Array(lengths.length)
  const longest = new Uint8Array(1 << tableBits)
  lengths.forEach((length, symbol) => {
    if (length === 0) return
    reversed[symbol] = reverse(codes[length]!++, length)
    const first = reversed[symbol]! & (longest.length - 1)
    if (length > longest[first]!) longest[first] = length
  })

  const nothing = longest.length
  const starts = new Uint16Array(longest.length)
  let size = nothing + 1
  longest.forEach((length, first) => {
    if (length <= tableBits) return
    starts[first] = size
    size += 1 << (length - tableBits)
  })

  const entries = new Uint32Array(size)
  entries.fill(nothing << 8, 0, nothing)
  lengths.forEach((length, symbol) => {
    if (length === 0) return
    const entry = symbol < usable ? (symbol << 4) | length : nothing << 8
    const code = reversed[symbol]!
    if (length <= tableBits) {
      for (let at = code; at < nothing; at += 1 << length) entries[at] = entry
      return
    }
    const first = code & (nothing - 1)
    const further = longest[first]! - tableBits
    const start = starts[first]!
    entries[first] = (start << 8) | (further << 4)
    for (let at = code >> tableBits; at < 1 << further; at += 1 << (length - tableBits)) {
      entries[start + at] = entry
    }
  })
  return entries
}

/** The first code of each length. */
function firstCodes(lengths: Uint8Array, lone: boolean): Uint16Array {
  const counts = new Uint16Array(16)
  for (const length of lengths) counts[length]!++
  counts[0] = 0
  const firsts = new Uint16Array(16)
  let free = 1
  let code = 0
  for (let length = 1; length < 16; length++) {
    free = free * 2 - counts[length]!
    if (free < 0) throw damaged('gzip', 'has more codes than there is room for')
    firsts[length] = code
    code = (code + counts[length]!) << 1
  }
  const used = lengths.reduce((sum, length) => sum + Math.sign(length), 0)
  const allowed = used === 0 || (lone && used === 1 && counts[1] === 1)
  if (free > 0 && !allowed) throw damaged('gzip', 'has fewer codes than there is room for')
  return firsts
}

/** Codes are written from their highest bit, everything else from its lowest. */
function reverse(code: number, length: number): number {
  let reversed = 0
  for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit)
  return reversed
}
