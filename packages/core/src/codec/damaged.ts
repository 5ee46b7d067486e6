import type { CodecName } from '../contract/codec.ts'
import { BackupError } from '../errors.ts'

/** The one way in which decoding fails. */
export function damaged(codec: CodecName, what: string, cause?: unknown): BackupError {
  return new BackupError('corrupt', `Compressed data (${codec}) ${what}.`, { cause })
}

/**
 * Checks a length that came from a descriptor before memory is taken for it.
 *
 * @param maxRatio how many bytes a byte of this codec can become at most
 */
export function checkPlainLength(
  codec: CodecName,
  stored: Uint8Array,
  plainLength: number,
  maxRatio: number,
): void {
  if (!Number.isInteger(plainLength) || plainLength < 0 || plainLength > maxPlainLength) {
    throw damaged(codec, `claims to decode to ${String(plainLength)} bytes`)
  }
  if (plainLength > stored.length * maxRatio) {
    throw damaged(codec, `has ${stored.length} bytes, which cannot decode to ${plainLength}`)
  }
}

/** Far beyond any segment or record, and what a typed array can have on every runtime. */
const maxPlainLength = 2 ** 30
