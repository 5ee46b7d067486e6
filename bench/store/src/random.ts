/** Our own generator, so that one seed gives the same database on every machine and every release of Node. */
export interface Random {
  /** A whole number from 0 up to, not including, `limit` (at most 2^32). */
  below(limit: number): number
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** A whole number below `limit` that prefers small ones: the square of a uniform draw. */
  skewed(limit: number): number
  /** True in `percent` of a hundred draws. */
  chance(percent: number): boolean
  pick<T>(list: readonly T[]): T
  /** Picks the front of the list more often, as people do. */
  favourite<T>(list: readonly T[]): T
  digits(count: number): string
  hex(count: number): string
}

/** Marsaglia's xorshift128 over a seed spread by a Weyl sequence: not for secrets, only for test data. */
export function createRandom(seed: number): Random {
  let x = scramble(seed)
  let y = scramble(seed + 0x9e3779b9)
  let z = scramble(seed + 0x3c6ef372)
  let w = scramble(seed + 0xdaa66d2b) | 1

  function next(): number {
    const t = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8)
    return w >>> 0
  }

  const fraction = (): number => next() / 0x100000000
  const below = (limit: number): number => Math.floor(fraction() * limit)

  const skewed = (limit: number): number => {
    const u = fraction()
    return Math.floor(u * u * limit)
  }

  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    skewed,
    chance: (percent) => fraction() * 100 < percent,
    pick<T>(list: readonly T[]): T {
      return list[below(list.length)] as T
    },
    favourite<T>(list: readonly T[]): T {
      return list[skewed(list.length)] as T
    },
    digits: (count) => String(below(10 ** count)).padStart(count, '0'),
    hex(count) {
      let out = ''
      while (out.length < count) out += next().toString(16).padStart(8, '0')
      return out.slice(0, count)
    },
  }
}

function scramble(value: number): number {
  let h = value >>> 0
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}
