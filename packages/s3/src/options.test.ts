import { describe, expect, test } from 'vitest'
import { s3, type S3Options } from './index.ts'

const secret = 'a-secret-in-the-wrong-place'

describe('refuses at once, naming the option and not its value', () => {
  test.each<readonly [string, object | undefined]>([
    ['bucket', undefined],
    ['bucket', {}],
    ['bucket', { bucket: '' }],
    ['bucket', { bucket: 'a/b' }],
    ['region', { bucket: 'shop', region: '' }],
    ['endpoint', { bucket: 'shop', endpoint: 's3.example.org' }],
    ['endpoint', { bucket: 'shop', endpoint: 'ftp://s3.example.org' }],
    ['endpoint', { bucket: 'shop', endpoint: `https://user:${secret}@s3.example.org` }],
    ['endpoint', { bucket: 'shop', endpoint: 'https://s3.example.org/path' }],
    ['credentials', { bucket: 'shop', credentials: secret }],
    ['credentials', { bucket: 'shop', credentials: { accessKeyId: 'key' } }],
    ['prefix', { bucket: 'shop', prefix: '/shop' }],
    ['prefix', { bucket: 'shop', prefix: 'a//b' }],
    ['prefix', { bucket: 'shop', prefix: 'a/../b' }],
    ['prefix', { bucket: 'shop', prefix: 'a b' }],
    ['prefix', { bucket: 'shop', prefix: 'p'.repeat(801) }],
    ['storageClass', { bucket: 'shop', storageClass: 'STANDARD-IA' }],
    ['objectLock', { bucket: 'shop', objectLock: { mode: 'governance', days: 1 } }],
    ['objectLock', { bucket: 'shop', objectLock: { mode: 'GOVERNANCE', days: 0 } }],
    ['objectLock', { bucket: 'shop', objectLock: { mode: 'GOVERNANCE', days: 1.5 } }],
    ['budgetBytes', { bucket: 'shop', budgetBytes: -1 }],
    ['budgetBytes', { bucket: 'shop', budgetBytes: '10 GB' }],
    ['idleMs', { bucket: 'shop', idleMs: Infinity }],
  ])('%s: %j', (option, options) => {
    const message = expect.not.stringContaining(secret)
    expect(() => s3(options as S3Options)).toThrow(
      expect.objectContaining({ kind: 'config', plugin: 's3', key: option, message }),
    )
  })
})

test.each<readonly [S3Options, string]>([
  [{ bucket: 'shop' }, 's3:shop'],
  [{ bucket: 'shop', prefix: 'berlin' }, 's3:shop/berlin'],
  [{ bucket: 'shop', prefix: 'berlin/north/' }, 's3:shop/berlin/north'],
  [{ bucket: 'shop', endpoint: 'https://s3.example.org:9000/' }, 's3:s3.example.org:9000/shop'],
])('%j lies at %s', (options, location) => {
  expect(s3(options).location).toBe(location)
})
