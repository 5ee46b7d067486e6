import { checkPlainLength, damaged } from './damaged.ts'

/** A gzip member is a header, a deflate stream, and eight bytes of checksum and length: RFC 1952 §2.3. */

export const trailerLength = 8

/** 258 bytes from two bits (RFC 1951 §3.2.5). */
const maxRatio = 1032

const flag = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

/**
 * Checks what can be checked before anything is decoded, and returns where the deflate stream starts.
 *
 * @throws `corrupt`
 */
export function openMember(stored: Uint8Array, plainLength: number): number {
  checkPlainLength('gzip', stored, plainLength, maxRatio)
  if (stored.length < 18) throw damaged('gzip', 'is cut short')
  if (stored[0] !== 0x1f || stored[1] !== 0x8b || stored[2] !== 8) {
    throw damaged('gzip', 'does not begin like gzip')
  }
  if (viewOf(stored).getUint32(stored.length - 4, true) !== plainLength) {
    throw damaged('gzip', `does not end with its length, ${plainLength} bytes`)
  }
  return headerLength(stored)
}

/** @throws `corrupt` when the stream did not end where the trailer starts, or the checksum differs. */
export function closeMember(stored: Uint8Array, streamEnd: number, crc: number): void {
  if (streamEnd !== stored.length - trailerLength) throw damaged('gzip', 'goes on after its end')
  if (viewOf(stored).getUint32(streamEnd, true) !== crc) throw damaged('gzip', 'has another checksum')
}

function headerLength(stored: Uint8Array): number {
  const flags = stored[3]!
  if (flags & flag.reserved) throw damaged('gzip', 'has unknown flags')
  let at = 10
  if (flags & flag.extra) at += 2 + (stored[at]! | (stored[at + 1]! << 8))
  if (flags & flag.name) at = afterZero(stored, at)
  if (flags & flag.comment) at = afterZero(stored, at)
  if (flags & flag.headerChecksum) at += 2
  if (at > stored.length - trailerLength) throw damaged('gzip', 'is cut short')
  return at
}

function afterZero(stored: Uint8Array, from: number): number {
  const zero = stored.indexOf(0, from)
  if (zero < 0) throw damaged('gzip', 'is cut short')
  return zero + 1
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
