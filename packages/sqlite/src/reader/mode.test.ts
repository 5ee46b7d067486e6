import { expect, test } from 'vitest'
import type { Report } from '../host/protocol.ts'
import { modeFor } from './mode.ts'

const path = '/data/store.db'
const silent = (report: Report): never => expect.unreachable(report.type)

test('a local database is read directly where that is known to work, and copied elsewhere', () => {
  expect(modeFor({ path, mode: undefined }, 'local', 'linux', silent)).toBe('either')
  expect(modeFor({ path, mode: undefined }, 'local', 'win32', silent)).toBe('copy')
  expect(modeFor({ path, mode: undefined }, 'local', 'darwin', silent)).toBe('copy')
})

test.each(['direct', 'copy'] as const)('mode %s is taken when it was asked for', (mode) => {
  expect(modeFor({ path, mode }, 'local', 'win32', silent)).toBe(mode)
  expect(modeFor({ path, mode }, 'userspace', 'linux', silent)).toBe(mode)
})

test.each([undefined, 'direct'] as const)('over a network, mode %s is refused', (mode) => {
  expect(() => modeFor({ path, mode }, 'network', 'linux', silent)).toThrow(
    expect.objectContaining({
      refusal: expect.objectContaining({ kind: 'source', message: expect.stringContaining('network') }),
    }),
  )
})

test('over a network, a copy is possible for whoever asks for it', () => {
  expect(modeFor({ path, mode: 'copy' }, 'network', 'linux', silent)).toBe('copy')
})

test('a file system in user space means a copy, and a warning', () => {
  const said: Report[] = []
  expect(modeFor({ path, mode: undefined }, 'userspace', 'linux', (report) => said.push(report))).toBe('copy')
  expect(said).toEqual([
    { type: 'warning', message: expect.stringContaining('FUSE'), hint: expect.any(String) },
  ])
})
