import { BackupError } from '../errors.ts'

/**
 * Programs that make a unit from its base: FORMAT.md §11.
 *
 * The pages of a database change in small places, but what follows a longer row moves. So an XOR with the previous version stays large, and a few
 * copies from it stay small: 7.0 MB against 23.8 MB where the pages as they are take 61 MB (0.5 % of the rows of a 500 MB
 * store database updated, 1 % inserted).
 */

export const maxDeltaUnit = 65_536
/** Longest chain of deltas that a reader follows. */
export const maxChain = 16

const stepHeader = 6
/** A copy shorter than this costs more than its literals. */
const minMatch = 8
/** Literals to pass before searching: most changes end within a few bytes at the same shift. */
const patience = 8
/** Every fourth offset of the base is indexed; matches grow in both directions, so little is missed. */
const indexStep = 4
const maxLength = 0xffff

/** Finds programs; keeps its tables between calls. */
export interface DeltaEncoder {
  /**
   * Writes the program that makes `unit` from `base` (of the same length) into `out` at `at`.
   *
   * @returns where the program ends, or 0 if it would not end before `limit`.
   */
  encode(unit: Uint8Array, base: Uint8Array, out: Uint8Array, at: number, limit: number): number
}

export function deltaEncoder(): DeltaEncoder {
  const offsets = new Uint16Array(1 << 13)
  const stamps = new Uint32Array(1 << 13)
  let stamp = 0

  const indexBase = (base: Uint8Array): void => {
    stamp++
    for (let at = 0; at + 4 <= base.length; at += indexStep) {
      const slot = hash4(base, at)
      offsets[slot] = at
      stamps[slot] = stamp
    }
  }

  const search = (unit: Uint8Array, at: number, base: Uint8Array): number => {
    const slot = hash4(unit, at)
    if (stamps[slot] !== stamp) return -1
    const found = offsets[slot]!
    return agrees(unit, at, base, found) ? found : -1
  }

  return {
    encode(unit, base, out, at, limit) {
      const length = unit.length
      let indexed = false
      let next = 0
      let literal = 0
      let shift = 0
      while (next + minMatch <= length) {
        let from = next + shift
        if (from < 0 || !agrees(unit, next, base, from)) {
          from = -1
          if (next - literal >= patience) {
            if (!indexed) indexBase(base)
            indexed = true
            from = search(unit, next, base)
          }
        }
        if (from < 0) {
          next++
          continue
        }
        let copyFrom = from
        let copyTo = next
        while (copyTo > literal && copyFrom > 0 && unit[copyTo - 1] === base[copyFrom - 1]) {
          copyTo--
          copyFrom--
        }
        const end = next + matchLength(unit, next, base, from)
        at = writeStep(out, at, limit, unit, literal, copyTo, copyFrom, end - copyTo)
        if (at === 0) return 0
        shift = copyFrom - copyTo
        next = end
        literal = end
      }
      if (literal < length) at = writeStep(out, at, limit, unit, literal, length, 0, 0)
      return at
    },
  }
}

/**
 * Runs the program at `at` of `source` on `base` and fills `out`.
 *
 * @returns where the program ended.
 * @throws `corrupt` when a step reaches outside of anything or does nothing, or when the unit cannot have that
 * base.
 */
export function applyDelta(source: Uint8Array, at: number, base: Uint8Array, out: Uint8Array): number {
  if (base.length !== out.length) throw corrupt(`it makes ${out.length} bytes from a base of ${base.length}`)
  if (out.length > maxDeltaUnit) throw corrupt(`it makes ${out.length} bytes`)
  let filled = 0
  while (filled < out.length) {
    if (at + stepHeader > source.length) throw corrupt('it is cut short')
    const literals = source[at]! | (source[at + 1]! << 8)
    const from = source[at + 2]! | (source[at + 3]! << 8)
    const copied = source[at + 4]! | (source[at + 5]! << 8)
    at += stepHeader
    if (literals + copied === 0) throw corrupt('a step does nothing')
    if (filled + literals + copied > out.length) throw corrupt('it makes more than its unit')
    if (at + literals > source.length) throw corrupt('it is cut short')
    if (from + copied > base.length) throw corrupt('it copies from outside of its base')
    copy(source, at, literals, out, filled)
    at += literals
    filled += literals
    copy(base, from, copied, out, filled)
    filled += copied
  }
  return at
}

function writeStep(
  out: Uint8Array,
  at: number,
  limit: number,
  unit: Uint8Array,
  literal: number,
  literalEnd: number,
  from: number,
  copied: number,
): number {
  const literals = literalEnd - literal
  if (at + stepHeader + literals > limit) return 0
  // A unit of 65,536 bytes has one length that does not fit 16 bits: the whole of it, in a step of its own.
  if (literals > maxLength || copied > maxLength) return 0
  out[at] = literals
  out[at + 1] = literals >> 8
  out[at + 2] = from
  out[at + 3] = from >> 8
  out[at + 4] = copied
  out[at + 5] = copied >> 8
  copy(unit, literal, literals, out, at + stepHeader)
  return at + stepHeader + literals
}

/** For a few bytes a loop beats the call of `set`. */
function copy(from: Uint8Array, at: number, length: number, to: Uint8Array, toAt: number): void {
  if (length > 48) {
    to.set(from.subarray(at, at + length), toAt)
    return
  }
  for (let index = 0; index < length; index++) to[toAt + index] = from[at + index]!
}

function agrees(unit: Uint8Array, at: number, base: Uint8Array, from: number): boolean {
  if (from + minMatch > base.length || at + minMatch > unit.length) return false
  for (let index = 0; index < minMatch; index++) if (unit[at + index] !== base[from + index]) return false
  return true
}

function matchLength(unit: Uint8Array, at: number, base: Uint8Array, from: number): number {
  const longest = Math.min(unit.length - at, base.length - from)
  let length = minMatch
  while (length < longest && unit[at + length] === base[from + length]) length++
  return length
}

function hash4(bytes: Uint8Array, at: number): number {
  const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  return Math.imul(word, 0x9e37_79b1) >>> 19
}

function corrupt(why: string): BackupError {
  return new BackupError('corrupt', `A delta program is damaged: ${why}.`)
}
