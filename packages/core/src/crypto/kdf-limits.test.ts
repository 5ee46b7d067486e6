import { describe, expect, test } from 'vitest'
import { BackupError, type ErrorKind } from '../errors.ts'
import { checkArgon2, checkPbkdf2, checkScrypt } from './kdf-limits.ts'

function kindOf(run: () => void): ErrorKind | 'accepted' {
  try {
    run()
  } catch (error) {
    if (BackupError.is(error)) return error.kind
    throw error
  }
  return 'accepted'
}

describe('Argon2id', () => {
  const usual = { memoryKiB: 65_536, passes: 3, lanes: 4 }

  test.each([
    usual,
    { memoryKiB: 8, passes: 1, lanes: 1 },
    { memoryKiB: 512, passes: 100, lanes: 64 },
    { memoryKiB: 4_194_304, passes: 1, lanes: 1 },
  ])('accepts %o', (cost) => {
    expect(kindOf(() => checkArgon2(cost))).toBe('accepted')
  })

  test.each([
    { memoryKiB: 4_194_305 },
    { memoryKiB: 31 },
    { memoryKiB: 65_536.5 },
    { memoryKiB: Number.NaN },
    { passes: 0 },
    { passes: 101 },
    { passes: -1 },
    { lanes: 0 },
    { lanes: 65 },
    { lanes: Number.POSITIVE_INFINITY },
  ])('refuses %o', (change) => {
    expect(kindOf(() => checkArgon2({ ...usual, ...change }))).toBe('unsupported')
    expect(kindOf(() => checkArgon2({ ...usual, ...change }, 'config'))).toBe('config')
  })
})

describe('scrypt', () => {
  const usual = { cost: 131_072, blockSize: 8, parallel: 1 }

  test.each([
    usual,
    { cost: 2, blockSize: 1, parallel: 64 },
    { cost: 32_768, blockSize: 1, parallel: 1 },
    { cost: 4_194_304, blockSize: 8, parallel: 1 },
  ])('accepts %o', (cost) => {
    expect(kindOf(() => checkScrypt(cost))).toBe('accepted')
  })

  test.each([
    { cost: 8_388_608 },
    { cost: 100_000 },
    { cost: 1 },
    { cost: 0 },
    { cost: -2 },
    { cost: 65_536, blockSize: 1 },
    { blockSize: 0 },
    { blockSize: 1.5 },
    { blockSize: 2 ** 24 + 1, cost: 2 },
    { parallel: 65 },
    { parallel: 0 },
  ])('refuses %o', (change) => {
    expect(kindOf(() => checkScrypt({ ...usual, ...change }))).toBe('unsupported')
    expect(kindOf(() => checkScrypt({ ...usual, ...change }, 'config'))).toBe('config')
  })
})

describe('PBKDF2', () => {
  test.each([1, 600_000, 100_000_000])('accepts %d iterations', (iterations) => {
    expect(kindOf(() => checkPbkdf2(iterations))).toBe('accepted')
  })

  test.each([0, -1, 1.5, 100_000_001, Number.NaN])('refuses %d iterations', (iterations) => {
    expect(kindOf(() => checkPbkdf2(iterations))).toBe('unsupported')
  })
})
