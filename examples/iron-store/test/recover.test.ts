import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { BackupError, type SetupState } from '@backup/core'
import { memoryProvider } from '@backup/core/testing'
import { expect, test } from 'vitest'
import { type Vendors, realVendors } from '../backup/vendors.ts'
import { anotherCode } from './another-code.ts'
import { type Machine, machine } from './machine.ts'
import { type Talk, setUp, talk } from './talk.ts'

// The recovery code: on a new machine, and on one that has lost its key. And settings with which nothing opens.

const settingsIn = ({ data }: Machine): string => readFileSync(join(data, 'settings.json'), 'utf8')
const stateOf = async ({ ask }: Talk): Promise<SetupState['state']> => (await ask<SetupState>('/api/backup/setup')).state
const countsOf = ({ ask }: Talk): Promise<unknown> => ask<{ readonly counts: unknown }>('/api/store/figures').then(({ counts }) => counts)
/** Settings are changed when nothing is under way. */
const change = ({ send }: Talk, settings: object): Promise<void> =>
  expect.poll(async () => (await send('/api/store/settings', settings)).status, { timeout: 60_000 }).toBe(200)

/** A machine of which the backups are left, and what is on paper. */
async function gone(): Promise<{ readonly backups: string; readonly code: string; readonly counts: unknown }> {
  const old = machine({ days: 5 })
  const store = await old.start()
  const api = talk(store.url)
  const code = await setUp(api, old.backups)
  await api.backUp('the last one')
  const counts = await countsOf(api)
  await store.stop()
  return { backups: old.backups, code, counts }
}

test('a store in which something was written is never replaced by the backups of another machine', async () => {
  const { backups, code } = await gone()
  const here = machine({ days: 0 })
  const api = talk((await here.start()).url)
  const { id: customerId } = await api.ask<{ readonly id: number }>('/api/store/customers', { name: 'Anna' })
  const product = { sku: 'X-1', name: 'A hammer', priceCents: 100, taxPermille: 190, lowAt: 0 }
  const { id: productId } = await api.ask<{ readonly id: number }>('/api/store/products', product)
  await api.ask(`/api/store/products/${productId}/moves`, { change: 5, reason: 'Bought' })
  await api.ask('/api/store/invoices', { customerId, lines: [{ productId, quantity: 1 }] })
  const before = await countsOf(api)

  const response = await api.send('/api/store/recover', { backupFolder: backups, code })
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ code: 'exists', message: expect.stringMatching(/Settings → Backups.*plan.*backed up first/s) })
  expect(await countsOf(api)).toEqual(before)
  expect(await api.ask('/api/store/settings')).not.toHaveProperty('backupFolder')

  // What the refusal says leads there: the settings, the code, and a restore with a plan and a safety backup.
  await api.ask('/api/store/settings', { backupFolder: backups })
  expect(await stateOf(api)).toBe('locked')
  await api.ask('/api/store/unlock', { code })
  const { snapshots } = await api.ask<{ readonly snapshots: readonly { readonly id: string; readonly note?: string }[] }>('/api/backup/snapshots')
  const { result } = await api.done(await api.restore(snapshots.find(({ note }) => note === 'the last one')!.id))
  if (result?.of !== 'restore') throw new Error('There is no result.')
  await api.done(await api.restore(result.restore.undo!.snapshot))
  expect(await countsOf(api)).toEqual(before)
})

test.each([
  ['customer', '/api/store/customers', { name: 'Anna' }],
  ['product', '/api/store/products', { sku: 'X-1', name: 'A hammer', priceCents: 100, taxPermille: 190, lowAt: 0 }],
] as const)('nor is one with a single %s', async (_, path, body) => {
  const { backups, code } = await gone()
  const api = talk((await machine({ days: 0 }).start()).url)
  await api.ask(path, body)
  expect((await api.send('/api/store/recover', { backupFolder: backups, code })).status).toBe(409)
  expect(await countsOf(api)).toMatchObject({ invoices: 0 })
})

test('a folder and a code are kept in the settings only when they have proved good', async () => {
  const { backups, code, counts } = await gone()
  const here = machine({ days: 0 })
  const api = talk((await here.start()).url)
  const refused = async (body: object, message: RegExp): Promise<void> => {
    const response = await api.send('/api/store/recover', body)
    expect(response.ok).toBe(false)
    expect(await response.json()).toMatchObject({ message: expect.stringMatching(message) })
    expect(await api.ask('/api/store/settings')).not.toHaveProperty('backupFolder')
    expect((await api.send('/api/backup/setup')).status).toBe(503)
  }
  await refused({ backupFolder: backups, code: 'wrong-wrong-wrong' }, /recovery code/)
  await refused({ backupFolder: backups, code: await anotherCode() }, /does not open these backups/)
  await refused({ backupFolder: join(here.backups, 'not-there'), code }, /not-there/)
  await refused({ code }, /where the backups are/)

  await api.ask('/api/store/recover', { backupFolder: backups, code })
  expect(await api.ask('/api/store/settings')).toMatchObject({ backupFolder: backups })
  expect(await countsOf(api)).toEqual(counts)
  expect(await stateOf(api)).toBe('ready')
  const { snapshots } = await api.ask<{ readonly snapshots: readonly { readonly note?: string }[] }>('/api/backup/snapshots')
  expect(snapshots.map(({ note }) => note)).toContain('After it came back on a new machine')
  await api.backUp('and by itself from now on')
})

test('a machine that has lost its key gets a new one for the recovery code, and the audit trail says so', async () => {
  const shop = machine({ days: 5 })
  const drive = memoryProvider()
  const vendors = { ...realVendors, google: { ...realVendors.google, provider: () => drive } }
  const first = await shop.start({ vendors })
  const code = await setUp(talk(first.url), shop.backups)
  await change(talk(first.url), { google: { clientId: 'mine.example', clientSecret: 'a-secret-of-google' }, often: '1h' })
  await first.stop()
  const oldKey = readFileSync(join(shop.data, 'machine.key'))
  rmSync(join(shop.data, 'machine.key'))

  const second = await shop.start({ vendors })
  const api = talk(second.url)
  expect(await stateOf(api)).toBe('locked')
  // What the old key has sealed is not there, and nothing else is the worse for it.
  expect(await api.ask('/api/store/settings')).toMatchObject({ often: '1h', google: { clientId: 'mine.example', hasSecret: false } })
  const before = await countsOf(api)
  for (const wrong of ['wrong-wrong-wrong', await anotherCode()]) {
    const response = await api.send('/api/store/unlock', { code: wrong })
    expect(response.ok).toBe(false)
    expect(await response.json()).toMatchObject({ message: expect.stringContaining('recovery code') })
    expect(await stateOf(api)).toBe('locked')
  }
  await api.ask('/api/store/unlock', { code })
  expect(await stateOf(api)).toBe('ready')
  expect(await countsOf(api)).toEqual(before)
  const { entries } = await api.ask<{ readonly entries: readonly object[] }>('/api/backup/audit?action=slot-add')
  expect(entries).toMatchObject([{ actor: expect.any(String), reason: expect.stringContaining('recovery code') }])
  expect((await api.send('/api/store/unlock', { code })).status).toBe(409)
  await second.stop()

  // Without the code from now on; and where the old key comes back, all that it had sealed does too.
  const third = await shop.start({ vendors })
  expect(await stateOf(talk(third.url))).toBe('ready')
  await change(talk(third.url), { often: '15m' })
  await third.stop()
  const again = talk((await shop.start({ vendors, key: Buffer.from(oldKey.toString(), 'base64') })).url)
  expect(await stateOf(again)).toBe('ready')
  expect(await again.ask('/api/store/settings')).toMatchObject({ often: '15m', google: { hasSecret: true } })
})

/** Drive cannot be opened, as if its package refused the settings. */
const brokenDrive: Vendors = {
  ...realVendors,
  google: {
    ...realVendors.google,
    provider: () => {
      throw new BackupError('config', 'Nothing opens with this client id.')
    },
  },
}

test('settings with which nothing opens are not kept, and backups go on with those of before', async () => {
  const shop = machine({ days: 5 })
  const api = talk((await shop.start({ vendors: brokenDrive })).url)
  await setUp(api, shop.backups)
  const saved = settingsIn(shop)
  const response = await api.send('/api/store/settings', { google: { clientId: 'mine.example' } })
  expect(response.status).toBe(409)
  expect(await response.json()).toMatchObject({ message: 'Nothing opens with this client id.' })
  expect(settingsIn(shop)).toBe(saved)
  expect(await stateOf(api)).toBe('ready')
  const { jobs } = await api.ask<{ readonly jobs: readonly { readonly name: string; readonly next?: string }[] }>('/api/backup/schedule')
  expect(jobs.find(({ name }) => name === 'backup')?.next).toBeDefined()
  await api.backUp('after a change that was refused')
})

test('changes that come at the same time are made one after the other, and none is lost', async () => {
  const shop = machine({ days: 0 })
  const store = await shop.start()
  const api = talk(store.url)
  const changes = [{ often: '1h' }, { keep: 'year' }, { google: { clientId: 'mine.example' } }, { backupFolder: shop.backups }, { microsoft: { clientId: 'other.example' } }]
  const responses = await Promise.all(changes.map((change) => api.send('/api/store/settings', change)))
  expect(responses.map(({ status }) => status)).toEqual(changes.map(() => 200))
  const all = { often: '1h', keep: 'year', backupFolder: shop.backups, google: { clientId: 'mine.example' }, microsoft: { clientId: 'other.example' } }
  expect(await api.ask('/api/store/settings')).toMatchObject(all)
  // What is open is what is saved.
  const { providers } = await api.ask<{ readonly providers: readonly object[] }>('/api/backup/configuration')
  expect(providers).toHaveLength(3)
})
