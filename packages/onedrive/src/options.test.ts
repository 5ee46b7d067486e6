import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { onedrive, type OneDriveOptions } from './index.ts'
import { checkOptions } from './options.ts'
import { version } from './software.ts'

const secret = 'a-secret-in-the-wrong-place'
const auth = { accessToken: async () => 'token' }

describe('refuses at once, naming the option and not its value', () => {
  test.each<readonly [string, object | undefined]>([
    ['auth', undefined],
    ['auth', {}],
    ['auth', { auth: secret }],
    ['folder', { auth, folder: '' }],
    ['folder', { auth, folder: '/shop' }],
    ['folder', { auth, folder: 'shop/' }],
    ['folder', { auth, folder: 'a//b' }],
    ['folder', { auth, folder: 'a/../b' }],
    ['folder', { auth, folder: 'a:b' }],
    ['folder', { auth, folder: 'shop ' }],
    ['folder', { auth, folder: 'a/~b' }],
    ['folder', { auth, folder: 'f'.repeat(251) }],
    ['folder', { auth, drive: 'whole' }],
    ['drive', { auth, drive: 'approot' }],
    ['driveId', { auth, driveId: 'a/b' }],
    ['account', { auth, account: 'two words' }],
    ['graphUrl', { auth, graphUrl: 'http://graph.microsoft.com' }],
    ['graphUrl', { auth, graphUrl: `https://user:${secret}@graph.microsoft.com` }],
    ['graphUrl', { auth, graphUrl: 'https://graph.microsoft.com/v1.0' }],
    ['userAgent', { auth, userAgent: 'two\nlines' }],
    ['idleMs', { auth, idleMs: 0 }],
    ['timers', { auth, timers: {} }],
  ])('%s: %j', (option, options) => {
    const message = expect.not.stringContaining(secret)
    expect(() => onedrive(options as OneDriveOptions)).toThrow(
      expect.objectContaining({ kind: 'config', plugin: 'onedrive', key: option, message }),
    )
  })
})

test.each<readonly [Partial<OneDriveOptions>, string]>([
  [{}, 'onedrive:me/app/backup'],
  [{ account: 'owner@example.com', folder: 'shop/berlin' }, 'onedrive:owner@example.com/app/shop/berlin'],
  [{ drive: 'whole', driveId: 'b!x-1', folder: 'Backups' }, 'onedrive:me/b!x-1/whole/Backups'],
  [{ graphUrl: 'https://graph.microsoft.us' }, 'onedrive:graph.microsoft.us/me/app/backup'],
])('%j lies at %s', (options, location) => {
  expect(onedrive({ auth, ...options }).location).toBe(location)
})

test('names this version to Microsoft', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  expect(version).toBe(manifest.version)
  expect(checkOptions({ auth }).userAgent).toBe(`ISV|backup|onedrive/${manifest.version}`)
})
