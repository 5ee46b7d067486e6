import { expect, test } from 'vitest'
import { networkProblem } from './network-problem.ts'

test.each([
  ['ECONNRESET', 'lost'],
  ['UND_ERR_SOCKET', 'lost'],
  ['ECONNREFUSED', 'unreachable'],
  ['ENOTFOUND', 'unreachable'],
  ['ETIMEDOUT', 'silent'],
  ['CERT_HAS_EXPIRED', 'untrusted'],
])('%s means that the other side is %s', (code, problem) => {
  expect(networkProblem(code)).toBe(problem)
})

test.each(['', 'ENOSPC', '403', 'toString', 'constructor'])('"%s" says nothing about the connection', (code) => {
  expect(networkProblem(code)).toBeUndefined()
})
