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
  let scratch = new Uint8Array(prefixLength + 65_536)
  let view = viewOf(scratch)
  scratch.set(key, 0)
  return {
    name(role, unit, out, at) {
      const length = prefixLength + unit.length
      if (scratch.length < length) {
        const larger = new Uint8Array(length * 2)
        larger.set(scratch.subarray(0, prefixLength))
        scratch = larger
        view = viewOf(scratch)
      }
      scratch[32] = role
      view.setUint32(56, unit.length, true)
      view.setUint32(60, 0, true)
      scratch.set(unit, prefixLength)
      const digest = crypto.sha256(scratch.subarray(0, length))
      for (let index = 0; index < idLength; index++) out[at + index] = digest[index]!
    },
  }
}
