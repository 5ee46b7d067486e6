import { BackupError } from '../errors.ts'
import { equalBytes, viewOf } from './text.ts'

/** Padmé and the padded payload of tails: FORMAT.md §6.4. */
export interface PaddedPayload {
  /** Payload as stored, codec applied. */
  readonly payload: Uint8Array
  readonly decodedLength: number
}

const lengths = 8
/** Of a decoded payload; also what an object has at most. */
export const maxPayloadLength: number = 64 * 1024 * 1024

/** The next size, from `length` up, that Padmé allows: at most 12 % more, and few distinct sizes. */
export function padme(length: number): number {
  if (length < 2) return length
  const exponent = Math.floor(Math.log2(length))
  const significant = Math.floor(Math.log2(exponent)) + 1
  const step = 2 ** Math.max(0, exponent - significant)
  return Math.ceil(length / step) * step
}

/** Wraps a payload so that `around` bytes of other parts and this make a size that Padmé allows. */
export function pad(payload: Uint8Array, decodedLength: number, around: number): Uint8Array {
  const bytes = new Uint8Array(padme(around + lengths + payload.length) - around)
  const view = viewOf(bytes)
  view.setUint32(0, payload.length, true)
  view.setUint32(4, decodedLength, true)
  bytes.set(payload, lengths)
  return bytes
}

/** @throws `corrupt` when the lengths do not fit or the padding is not zero. */
export function unpad(bytes: Uint8Array): PaddedPayload {
  if (bytes.length < lengths) throw new BackupError('corrupt', 'A padded segment is too short.')
  const view = viewOf(bytes)
  const end = lengths + view.getUint32(0, true)
  if (end > bytes.length) throw new BackupError('corrupt', 'A padded segment claims more bytes than it has.')
  if (!isZero(bytes.subarray(end))) throw new BackupError('corrupt', 'Padding is not zero.')
  const decodedLength = view.getUint32(4, true)
  if (decodedLength < 1 || decodedLength > maxPayloadLength) {
    throw new BackupError('corrupt', `A padded segment claims to decode to ${decodedLength} bytes.`)
  }
  return { payload: bytes.subarray(lengths, end), decodedLength }
}

function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const part = bytes.subarray(at, at + zeros.length)
    if (!equalBytes(part, zeros.subarray(0, part.length))) return false
  }
  return true
}

const zeros = new Uint8Array(4096)
