import { BackupError } from '@backup/core'
import { expect, test } from 'vitest'
import { exitCodeOf, exitCodes, worstOf } from './exit-codes.ts'

test.each([
  ['config', 3], ['corrupt', 5], ['range', 5], ['transient', 6], ['throttled', 6], ['busy', 6], ['target-missing', 7],
  ['not-a-repository', 7], ['auth', 8], ['key', 8], ['quota', 9], ['cancelled', 130], ['source', 1], ['permanent', 1],
] as const)('an error of kind %s ends with %i', (kind, code) => {
  expect(exitCodeOf(new BackupError(kind, 'An example.'))).toBe(code)
})

test('anything else that is thrown ends with 1', () => {
  expect(exitCodeOf(new TypeError('oops'))).toBe(1)
})

test('of several endings the worst counts, and a failure is worse than what is incomplete', () => {
  expect(worstOf([])).toBe(0)
  expect(worstOf([0, 4, 0])).toBe(4)
  expect(worstOf([4, 7, 0])).toBe(7)
  expect(worstOf([5, 3])).toBe(5)
  expect(worstOf([130, 1])).toBe(130)
})

test('no two endings share a code', () => {
  const codes = Object.values(exitCodes)
  expect(new Set(codes).size).toBe(codes.length)
})
