import { BackupError } from '@backup/core'
import { expect, test } from 'vitest'
import { fsError } from './fs-error.ts'

const failed = (code: string): Error =>
  Object.assign(new Error(`${code}: it failed, open '/mnt/usb/x'`), { code })

test.each([
  ['ENOSPC', 'quota', false],
  ['EDQUOT', 'quota', false],
  ['EFBIG', 'quota', false],
  ['EROFS', 'auth', false],
  ['EACCES', 'auth', false],
  ['EPERM', 'auth', false],
  ['EIO', 'transient', true],
  ['ESTALE', 'transient', true],
  ['ENOTCONN', 'transient', true],
  ['EHOSTDOWN', 'transient', true],
  ['EBUSY', 'busy', true],
  ['EMFILE', 'busy', true],
  ['ENOENT', 'target-missing', false],
  ['ENAMETOOLONG', 'config', false],
  ['ELOOP', 'config', false],
  ['EWHATEVER', 'permanent', false],
])('%s is %s, worth a retry: %s', (code, kind, retryable) => {
  const cause = failed(code)
  const error = fsError(cause, 'store packs/0a/x', 'packs/0a/x')
  expect(error).toMatchObject({ kind, retryable, plugin: 'local', key: 'packs/0a/x', cause })
  expect(error.message).toMatch(/^Cannot store packs\/0a\/x: .+\(E[A-Z]+\)\.$|EWHATEVER/)
})

test('an error of our own stays what it is', () => {
  const error = new BackupError('cancelled', 'Cancelled.')
  expect(fsError(error, 'store x', 'x')).toBe(error)
})

test('an error without a code is permanent and keeps its cause', () => {
  const cause = new TypeError('a fault of ours')
  expect(fsError(cause, 'store x', 'x')).toMatchObject({ kind: 'permanent', cause })
})
