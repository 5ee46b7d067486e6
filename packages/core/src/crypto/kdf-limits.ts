import type { Argon2Cost, ScryptCost } from '../contract/runtime.ts'
import { BackupError } from '../errors.ts'

/**
 * What a key derivation may cost: the bounds of FORMAT.md §5.2, and those that the algorithms set themselves.
 * They are checked before any work, because the numbers come from a slot that nobody has authenticated yet.
 *
 * `unsupported` for numbers that were read, `config` for numbers that a caller chose.
 */
export type LimitKind = 'unsupported' | 'config'

const maxMemoryBytes = 4 * 1024 ** 3
const maxLanes = 64

/** RFC 9106 §3.1. */
export function checkArgon2(cost: Argon2Cost, kind: LimitKind = 'unsupported'): void {
  const check = checker('argon2id', kind)
  check('lanes', cost.lanes, 1, maxLanes)
  check('memoryKiB', cost.memoryKiB, 8 * cost.lanes, maxMemoryBytes / 1024)
  check('passes', cost.passes, 1, 100)
}

/** RFC 7914 §2 and §6. */
export function checkScrypt(cost: ScryptCost, kind: LimitKind = 'unsupported'): void {
  const check = checker('scrypt', kind)
  check('blockSize', cost.blockSize, 1, maxMemoryBytes / 128 / 2)
  check('parallel', cost.parallel, 1, maxLanes)
  // The RFC demands cost < 2^(128 · blockSize / 8), which only matters for the smallest block size.
  const most = Math.min(maxMemoryBytes / (128 * cost.blockSize), 2 ** (16 * cost.blockSize) - 1)
  check('cost', cost.cost, 2, most)
  if (Number.isInteger(Math.log2(cost.cost))) return
  throw new BackupError(kind, `scrypt: cost must be a power of two, not ${cost.cost}.`)
}

/** RFC 8018 §5.2. */
export function checkPbkdf2(iterations: number, kind: LimitKind = 'unsupported'): void {
  checker('pbkdf2-sha256', kind)('iterations', iterations, 1, 100_000_000)
}

function checker(kdf: string, kind: LimitKind) {
  return (field: string, value: number, least: number, most: number): void => {
    if (Number.isInteger(value) && value >= least && value <= most) return
    throw new BackupError(
      kind,
      `${kdf}: ${field} must be a whole number from ${least} to ${Math.floor(most)}, not ${String(value)}.`,
    )
  }
}
