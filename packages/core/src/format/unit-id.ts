import type { Crypto } from '../contract/runtime.ts'
import type { SegmentRole } from './descriptor.ts'
import { utf8, viewOf } from './text.ts'

/** Names units by their content under a key: FORMAT.md §9. */
export interface UnitNamer {
  /** Writes the 16-byte id of `unit` into `out` at `at`. */
  name(role: SegmentRole, unit: Uint8Array, out: Uint8Array, at: number): void
}

export const idLength = 16

const prefixLength = 64
const info = utf8('backup/1/unit-id')

/** K of FORMAT.md §9: derived once for each repository. */
export function unitKey(crypto: Crypto, units: Uint8Array, repository: Uint8Array): Uint8Array {
  return crypto.hkdf(units, repository, info)
}

/**
 * The namer keeps one scratch buffer in which prefix and unit lie side by side, because a single call over 4 KiB is
 * the difference between 1,000 and 400 MB/s.
 */
export function unitNamer(crypto: Crypto, key: Uint8Array): UnitNamer {
  // Grows when it is used: many namers name a few nodes of lists at most.
  let scratch = new Uint8Array(prefixLength)
  let message = scratch.subarray(0, prefixLength)
  scratch.set(key, 0)
  const makeRoom = (length: number): void => {
    if (scratch.length < length) {
      const larger = new Uint8Array(length * 2)
      larger.set(scratch.subarray(0, prefixLength))
      scratch = larger
    }
    message = scratch.subarray(0, length)
    viewOf(scratch).setUint32(56, length - prefixLength, true)
  }
  return {
    name(role, unit, out, at) {
      const length = prefixLength + unit.length
      // Pages all have one length; chunks seldom have that of the one before.
      if (message.length !== length) makeRoom(length)
      scratch[32] = role
      scratch.set(unit, prefixLength)
      crypto.sha256Into(message, out, at, idLength)
    },
  }
}
