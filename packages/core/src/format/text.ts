import { BackupError } from '../errors.ts'

/** Bytes as text and back, the same on every runtime. All decoders are strict: one spelling for each value. */

const hexDigits = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += hexDigits[byte]
  return text
}

/** @throws `corrupt` unless the text is lower-case hex of exactly `length` bytes. */
export function unhex(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let isHex = text.length === length * 2
  for (let at = 0; at < length && isHex; at++) {
    const [high, low] = [hexValue(text.charCodeAt(at * 2)), hexValue(text.charCodeAt(at * 2 + 1))]
    bytes[at] = high * 16 + low
    isHex = high >= 0 && low >= 0
  }
  if (!isHex) throw new BackupError('corrupt', `Expected ${length} bytes in hex, found ${text.length} other characters.`)
  return bytes
}

/** -1 for what is no lower-case digit. */
function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}

/** RFC 4648 §4 with padding. */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  // In pieces: a spread of a large array would overflow the stack.
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(binary)
}

/** @throws `corrupt` for anything that {@link base64} would not have written. */
export function unbase64(text: string): Uint8Array {
  let binary: string
  try {
    binary = atob(text)
  } catch (cause) {
    throw new BackupError('corrupt', 'A field that should hold base64 does not.', { cause })
  }
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at)
  if (base64(bytes) !== text) throw new BackupError('corrupt', 'A field that should hold base64 is not canonical.')
  return bytes
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** @throws `corrupt` for bytes that are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new BackupError('corrupt', 'Text that should be UTF-8 is not.', { cause })
  }
}

/** Takes as long for equal as for different bytes of a key's length. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  if (nativeCompare && a.length >= worthACall) return nativeCompare(a, b) === 0
  let difference = 0
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!
  return difference === 0
}

/** Where there is one: a loop over megabytes costs as much as compressing them. */
const nativeCompare = (globalThis as { Buffer?: { compare?(a: Uint8Array, b: Uint8Array): number } }).Buffer?.compare
const worthACall = 256

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}

/** A view for reading and writing integers of exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
