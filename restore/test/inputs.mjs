// Bytes of many kinds, the same in every run, for the tests of decoders.

/** Numbers from 0 to 1, always the same ones (a 32-bit xorshift). */
export function steadyRandom(seed) {
  let state = seed | 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

const WORDS = 'the of and page index customer invoice line paid open total 2031-05-06 amount street'.split(
  ' ',
)

/** Each takes a length and gives so many bytes. */
export const inputs = {
  zeros: (length) => Buffer.alloc(length),
  random: (length) => each(length, 3, (random) => random() * 256),
  nibbles: (length) => each(length, 5, (random) => random() * 16),
  skewed: (length) => each(length, 7, (random) => random() ** 4 * 60),
  text(length) {
    const random = steadyRandom(9)
    const parts = []
    for (let sum = 0; sum < length; sum += parts[parts.length - 1].length) {
      parts.push(`${WORDS[Math.floor(random() ** 2 * WORDS.length)]} `)
    }
    return Buffer.from(parts.join('').slice(0, length))
  },
  triplets(length) {
    const random = steadyRandom(11)
    const output = Buffer.alloc(length)
    for (let at = 0; at + 3 <= length; at += 3) output.writeUIntBE(Math.floor(random() * 250) * 66_049, at, 3)
    return output
  },
  rows(length) {
    const random = steadyRandom(13)
    const output = Buffer.alloc(length)
    for (let at = 0; at + 32 <= length; at += 32) {
      output.writeUInt32LE(at, at)
      output.writeUInt32BE((at * 7) % 65_536, at + 4)
      output.write(`row${at % 97}`, at + 8)
      output[at + 20] = random() * 256
    }
    return output
  },
}

function each(length, seed, next) {
  const random = steadyRandom(seed)
  return Buffer.from(Uint8Array.from({ length }, () => next(random)))
}

/** Calls `work` with `count` copies of `bytes`, each with one bit turned round. */
export function flipBits(bytes, count, seed, work) {
  const random = steadyRandom(seed)
  for (let turn = 0; turn < count; turn++) {
    const copy = Buffer.from(bytes)
    copy[Math.floor(random() * copy.length)] ^= 1 << Math.floor(random() * 8)
    work(copy)
  }
}

/** How a decoder ended: in so many bytes, or in an error of which class. */
export function outcome(decode) {
  try {
    return `${decode().length} bytes`
  } catch (error) {
    return error.constructor.name
  }
}
