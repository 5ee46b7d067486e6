/** Numbers that look random and are the same in every run. Not for secrets. */
export interface SeededRandom {
  /** At least 0, below 1. */
  next(): number
  /** A whole number, at least 0, below `bound`. */
  below(bound: number): number
  bytes(length: number): Uint8Array
}

/** The 32-bit xorshift generator with the shifts 13, 17, 5 (G. Marsaglia, Xorshift RNGs, 2003). */
export function seededRandom(seed: number): SeededRandom {
  // Zero is the one state it never leaves; the product parts neighbouring seeds.
  let state = Math.imul(seed, 0x9e3779b1) || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  for (let warm = 0; warm < 8; warm++) next()

  return {
    next: () => next() / 2 ** 32,
    below: (bound) => Math.floor((next() / 2 ** 32) * bound),
    bytes(length) {
      const words = new Uint32Array(Math.ceil(length / 4))
      for (let at = 0; at < words.length; at++) words[at] = next()
      return new Uint8Array(words.buffer, 0, length)
    },
  }
}
