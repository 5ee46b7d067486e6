/**
 * XXH64 with seed 0 (xxHash specification, "XXH64 algorithm description"), for the checksum that a frame may
 * carry.
 *
 * 64-bit numbers are pairs of 32-bit halves: big integers would need a second for a MiB.
 *
 * @returns the lower 32 bits, which is what frames hold
 */
export function xxh64(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  const word = (at: number): Pair => [view.getUint32(at, true), view.getUint32(at + 4, true)]
  let at = 0
  let hash = prime5
  if (end >= 32) {
    let a = add(prime1, prime2)
    let b = prime2
    let c: Pair = [0, 0]
    let d = add(not(prime1), [1, 0])
    for (; at + 32 <= end; at += 32) {
      a = round(a, word(at))
      b = round(b, word(at + 8))
      c = round(c, word(at + 16))
      d = round(d, word(at + 24))
    }
    hash = add(add(rotate(a, 1), rotate(b, 7)), add(rotate(c, 12), rotate(d, 18)))
    for (const lane of [a, b, c, d]) hash = add(multiply(xor(hash, round([0, 0], lane)), prime1), prime4)
  }
  hash = add(hash, [end, 0])
  for (; at + 8 <= end; at += 8) {
    hash = add(multiply(rotate(xor(hash, round([0, 0], word(at))), 27), prime1), prime4)
  }
  for (; at + 4 <= end; at += 4) {
    hash = add(
      multiply(rotate(xor(hash, multiply([view.getUint32(at, true), 0], prime1)), 23), prime2),
      prime3,
    )
  }
  for (; at < end; at++) hash = multiply(rotate(xor(hash, multiply([bytes[at]!, 0], prime5)), 11), prime1)
  hash = multiply(xor(hash, [(hash[1] >>> 1) | 0, 0]), prime2)
  hash = multiply(xor(hash, [(hash[0] >>> 29) | (hash[1] << 3), hash[1] >>> 29]), prime3)
  return (hash[0] ^ hash[1]) >>> 0
}

/** Lower and upper half; signs do not matter. */
type Pair = readonly [low: number, high: number]

const prime1: Pair = [0x85ebca87, 0x9e3779b1]
const prime2: Pair = [0x27d4eb4f, 0xc2b2ae3d]
const prime3: Pair = [0x9e3779f9, 0x165667b1]
const prime4: Pair = [0xc2b2ae63, 0x85ebca77]
const prime5: Pair = [0x165667c5, 0x27d4eb2f]

function round(lane: Pair, input: Pair): Pair {
  return multiply(rotate(add(lane, multiply(input, prime2)), 31), prime1)
}

function xor([aLow, aHigh]: Pair, [bLow, bHigh]: Pair): Pair {
  return [aLow ^ bLow, aHigh ^ bHigh]
}

function not([low, high]: Pair): Pair {
  return [~low, ~high]
}

function add([aLow, aHigh]: Pair, [bLow, bHigh]: Pair): Pair {
  const low = (aLow >>> 0) + (bLow >>> 0)
  return [low | 0, (aHigh + bHigh + (low > 0xffffffff ? 1 : 0)) | 0]
}

/** By less than 32. */
function rotate([low, high]: Pair, by: number): Pair {
  return [(low << by) | (high >>> (32 - by)), (high << by) | (low >>> (32 - by))]
}

function multiply([aLow, aHigh]: Pair, [bLow, bHigh]: Pair): Pair {
  const high = upperHalf(aLow, bLow) + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)
  return [Math.imul(aLow, bLow), high | 0]
}

/** Of the 64-bit product of two 32-bit numbers, by 16-bit parts. */
function upperHalf(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return aHigh * bHigh + Math.floor(middle / 65_536) + Math.floor(carry / 65_536)
}
