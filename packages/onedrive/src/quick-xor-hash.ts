/**
 * QuickXorHash, the one hash that OneDrive has for every file, personal and of work.
 *
 * Byte `i` is shifted left by `11·i` bits around a register of 160 bits and added without carry; at the end
 * the length is added to the last 64 bits. 11 and 160 share no factor, so bytes that are 160 apart get the
 * same shift: here they are added up first, four at a time, and shifted once, at the end.
 *
 * Source: https://learn.microsoft.com/onedrive/developer/code-snippets/quickxorhash
 */
export interface QuickXorHash {
  update(bytes: Uint8Array): void
  /** In base64, as OneDrive shows it. */
  digest(): string
}

const registerBits = 160
const shiftBits = 11
const lanes = 160
const wordsPerRound = lanes / 4

/** Hashes bytes that come in pieces of any length. */
export function quickXorHash(): QuickXorHash {
  const sums = new Uint8Array(lanes)
  let length = 0

  /** Bytes of which the first belongs to the lane that comes next. */
  const add = (bytes: Uint8Array): void => {
    for (
      let at = 0, lane = length % lanes;
      at < bytes.length;
      at++, lane = lane + 1 === lanes ? 0 : lane + 1
    ) {
      sums[lane] = (sums[lane] as number) ^ (bytes[at] as number)
    }
  }

  return {
    update(bytes) {
      // Words are read where words may lie.
      const untilWord = Math.min(bytes.length, (4 - (bytes.byteOffset % 4)) % 4)
      const rounds = Math.floor((bytes.length - untilWord) / lanes)
      const untilTail = untilWord + rounds * lanes
      add(bytes.subarray(0, untilWord))
      length += untilWord
      if (rounds > 0)
        add(sumOfRounds(new Uint32Array(bytes.buffer, bytes.byteOffset + untilWord, rounds * wordsPerRound)))
      length += rounds * lanes
      add(bytes.subarray(untilTail))
      length += bytes.length - untilTail
    },

    digest() {
      const register = new Uint8Array(registerBits / 8)
      const flip = (at: number, bits: number): void => {
        const place = at % register.length
        register[place] = (register[place] as number) ^ bits
      }
      for (const [lane, sum] of sums.entries()) {
        const shift = (lane * shiftBits) % registerBits
        const wide = sum << (shift % 8)
        flip(Math.floor(shift / 8), wide & 0xff)
        flip(Math.floor(shift / 8) + 1, wide >> 8)
      }
      const tail = new DataView(register.buffer, register.length - 8)
      tail.setBigUint64(0, tail.getBigUint64(0, true) ^ BigInt(length), true)
      return Buffer.from(register).toString('base64')
    },
  }
}

export function quickXorHashOf(bytes: Uint8Array): string {
  const hash = quickXorHash()
  hash.update(bytes)
  return hash.digest()
}

function sumOfRounds(words: Uint32Array): Uint8Array {
  const sums = new Uint32Array(wordsPerRound)
  for (let start = 0; start < words.length; start += wordsPerRound) {
    for (let at = 0; at < wordsPerRound; at++) {
      sums[at] = (sums[at] as number) ^ (words[start + at] as number)
    }
  }
  return new Uint8Array(sums.buffer)
}
