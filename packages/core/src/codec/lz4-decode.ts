import { checkPlainLength, damaged } from './damaged.ts'

/** A byte of a match length stands for 255 bytes. */
const maxRatio = 255
const minMatch = 4

/**
 * Decodes a block (LZ4 Block Format Description, "Compressed block format") to exactly `plainLength` bytes.
 *
 * Every length is checked against the bytes that are left, on both sides, before a byte is copied.
 *
 * @throws `corrupt`
 */
export function decodeBlock(stored: Uint8Array, plainLength: number): Uint8Array {
  checkPlainLength('lz4', stored, plainLength, maxRatio)
  const plain = new Uint8Array(plainLength)
  const end = stored.length
  let at = 0
  let written = 0

  for (;;) {
    if (at >= end) throw cutShort()
    const token = stored[at++]!
    let literals = token >>> 4
    if (literals === 15) {
      let more = 255
      for (; more === 255; literals += more) {
        if (at >= end) throw cutShort()
        more = stored[at++]!
      }
    }
    if (literals > end - at) throw cutShort()
    if (literals > plainLength - written) throw tooLong(plainLength)
    if (literals > 24) {
      plain.set(stored.subarray(at, at + literals), written)
      written += literals
      at += literals
    } else {
      for (const until = written + literals; written < until;) plain[written++] = stored[at++]!
    }
    // Only the last sequence has no match.
    if (at === end) break

    if (end - at < 2) throw cutShort()
    const offset = stored[at]! | (stored[at + 1]! << 8)
    at += 2
    let length = token & 15
    if (length === 15) {
      let more = 255
      for (; more === 255; length += more) {
        if (at >= end) throw cutShort()
        more = stored[at++]!
      }
    }
    length += minMatch
    if (offset === 0 || offset > written) throw damaged('lz4', 'refers to bytes before its beginning')
    if (length > plainLength - written) throw tooLong(plainLength)
    if (length > 64 && offset >= length) {
      plain.copyWithin(written, written - offset, written - offset + length)
      written += length
    } else {
      for (let from = written - offset, until = written + length; written < until;) {
        plain[written++] = plain[from++]!
      }
    }
  }

  if (written === plainLength) return plain
  throw damaged('lz4', `decodes to ${written} bytes instead of ${plainLength}`)
}

function cutShort(): Error {
  return damaged('lz4', 'is cut short')
}

function tooLong(plainLength: number): Error {
  return damaged('lz4', `decodes to more than ${plainLength} bytes`)
}
