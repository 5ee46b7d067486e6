/**
 * LZ4 Block Format Description, "End of block conditions": decoders that copy eight bytes at a time rely on
 * both.
 */
const lastLiterals = 5
const lastMatchStart = 12

const minMatch = 4
const maxOffset = 65_535
const hashBits = 14

/**
 * After 64 places without a match the search takes steps of two, after 128 of three: noise passes quickly.
 */
const patience = 6

/**
 * Encodes a block with a greedy search through a table of hashes. Noise grows by less than half a percent.
 *
 * What it returns belongs to the caller.
 */
export function encodeBlock(plain: Uint8Array): Uint8Array {
  const end = plain.length
  const stored = new Uint8Array(end + Math.ceil(end / 255) + 16)
  // Where each hash was last seen; at first out of every reach.
  const seen = new Int32Array(1 << hashBits).fill(-maxOffset - 1)
  const searchEnd = end - lastMatchStart
  const matchEnd = end - lastLiterals
  let written = 0
  let anchor = 0
  let misses = 1 << patience

  for (let at = 0; at <= searchEnd;) {
    const four = plain[at]! | (plain[at + 1]! << 8) | (plain[at + 2]! << 16) | (plain[at + 3]! << 24)
    const hash = Math.imul(four, 0x9e3779b1) >>> (32 - hashBits)
    let match = seen[hash]!
    seen[hash] = at
    if (at - match > maxOffset || four !== word(plain, match)) {
      at += misses++ >> patience
      continue
    }
    misses = 1 << patience
    let start = at
    while (start > anchor && match > 0 && plain[start - 1] === plain[match - 1]) {
      start--
      match--
    }
    const offset = start - match
    let until = at + minMatch
    while (until < matchEnd && plain[until] === plain[until - offset]) until++

    const length = until - start - minMatch
    const token = written++
    const literals = start - anchor
    stored[token] = (Math.min(literals, 15) << 4) | Math.min(length, 15)
    written = putLength(stored, written, literals)
    written = putBytes(stored, written, plain, anchor, start)
    stored[written++] = offset
    stored[written++] = offset >> 8
    written = putLength(stored, written, length)
    at = until
    anchor = until
  }

  const literals = end - anchor
  stored[written++] = Math.min(literals, 15) << 4
  written = putLength(stored, written, literals)
  stored.set(plain.subarray(anchor), written)
  return stored.subarray(0, written + literals)
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

/** What does not fit the token's four bits. */
function putLength(stored: Uint8Array, at: number, length: number): number {
  if (length < 15) return at
  let rest = length - 15
  for (; rest >= 255; rest -= 255) stored[at++] = 255
  stored[at++] = rest
  return at
}

function putBytes(stored: Uint8Array, at: number, plain: Uint8Array, from: number, to: number): number {
  if (to - from > 24) {
    stored.set(plain.subarray(from, to), at)
    return at + to - from
  }
  while (from < to) stored[at++] = plain[from++]!
  return at
}
