import { describe, expect, test } from 'vitest'
import { gdrive, serviceAccount, type GdriveOptions, type ServiceAccountOptions } from './index.ts'

const secret = 'a-secret-in-the-wrong-place'
const auth = { accessToken: async () => secret }
const right = { auth, account: 'owner@example.com', folder: 'Backups/shop' }

describe('refuses at once, naming the option and not its value', () => {
  test.each<readonly [string, object | undefined]>([
    ['auth', undefined],
    ['auth', {}],
    ['auth', { ...right, auth: secret }],
    ['folder', { ...right, folder: undefined }],
    ['folder', { ...right, folder: '' }],
    ['folder', { ...right, folder: '/Backups' }],
    ['folder', { ...right, folder: 'Backups//shop' }],
    ['folder', { ...right, folder: 'Backups/../shop' }],
    ['folder', { ...right, folder: 'Backups/\nshop' }],
    ['folder', { ...right, folder: 'f'.repeat(501) }],
    ['account', { ...right, account: undefined }],
    ['account', { ...right, account: ' ' }],
    ['sharedDrive', { ...right, sharedDrive: 'https://drive.google.com/drive/folders/0A' }],
    ['idleMs', { ...right, idleMs: 0 }],
    ['rootUrl', { ...right, rootUrl: `https://user:${secret}@example.com/` }],
    ['rootUrl', { ...right, rootUrl: 'https://example.com/drive' }],
    ['clock', { ...right, clock: new Date(0) }],
  ])('%s: %j', (option, options) => {
    const message = expect.not.stringContaining(secret)
    expect(() => gdrive(options as GdriveOptions)).toThrow(
      expect.objectContaining({ kind: 'config', plugin: 'gdrive', key: option, message }),
    )
  })

  test.each<readonly [string, object]>([
    ['clientEmail', { privateKey: secret }],
    ['privateKey', { clientEmail: 'a@example.com' }],
    ['subject', { clientEmail: 'a@example.com', privateKey: secret, subject: '' }],
    ['scopes', { clientEmail: 'a@example.com', privateKey: secret, scopes: [] }],
    ['tokenUrl', { clientEmail: 'a@example.com', privateKey: secret, tokenUrl: 'token' }],
  ])('serviceAccount: %s', (option, options) => {
    const message = expect.not.stringContaining(secret)
    expect(() => serviceAccount(options as ServiceAccountOptions)).toThrow(
      expect.objectContaining({ kind: 'config', plugin: 'gdrive', key: option, message }),
    )
  })
})

test.each<readonly [Partial<GdriveOptions>, string]>([
  [{}, 'gdrive:owner@example.com/Backups/shop'],
  [{ account: 'second@example.com' }, 'gdrive:second@example.com/Backups/shop'],
  [{ sharedDrive: '0AFzShared' }, 'gdrive:shared/0AFzShared/Backups/shop'],
])('with %j it lies at %s', (more, location) => {
  expect(gdrive({ ...right, ...more }).location).toBe(location)
})
