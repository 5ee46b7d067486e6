import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { chromiumIsThere } from '@backup-internal/fakes/chromium'
import { describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { anotherCode } from './another-code.ts'
import { barriers, builtUi, chrome, patienceMs, picture } from './chrome.ts'
import { machine } from './machine.ts'
import { type Talk, setUp, talk } from './talk.ts'
import { fakeVendors } from './vendors.ts'

// What goes wrong in the life of a shop, and how its owner comes out of it, in Chromium, with the whole program.

const seen = async (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor({ timeout: patienceMs })
const goTo = async (page: Page, route: string): Promise<unknown> => page.evaluate(`location.hash = ${JSON.stringify(route)}`)
const header = (page: Page): Promise<string> => page.locator('.safety').innerText()
const says = (page: Page, text: RegExp): Promise<void> => expect.poll(() => header(page), { timeout: patienceMs }).toMatch(text)
const snapshotsOf = async ({ ask }: Talk): Promise<readonly { readonly id: string; readonly note?: string }[]> =>
  (await ask<{ readonly snapshots: readonly { readonly id: string; readonly note?: string }[] }>('/api/backup/snapshots')).snapshots
const clients = {
  google: { clientId: 'iron-store.example.google', clientSecret: 'not-much-of-a-secret' },
  microsoft: { clientId: 'iron-store.example.microsoft' },
}

/** Settings are changed when nothing is under way. */
const change = ({ send }: Talk, settings: object): Promise<void> =>
  expect.poll(async () => (await send('/api/store/settings', settings)).status, { timeout: patienceMs }).toBe(200)

async function connect(page: Page, title: string): Promise<void> {
  await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: `Connect ${title}` }).click()])
}

describe.skipIf(!chromiumIsThere())('in a browser', () => {
  const { open } = chrome()

  test('the key of the machine is lost: the recovery code opens the backups, and they go on', async () => {
    const shop = machine({ days: 10, ui: builtUi })
    const before = await shop.start()
    const code = await setUp(talk(before.url), shop.backups)
    await talk(before.url).backUp('With the old key')
    await before.stop()
    rmSync(join(shop.data, 'machine.key'))

    const store = await shop.start()
    const api = talk(store.url)
    const page = await open(store.url)
    await says(page, /this machine needs your recovery code/)
    await page.locator('.safety a').click()
    await seen(page, 'This machine has no key to your backups')
    expect(await barriers(page)).toEqual([])
    for (const [wrong, why] of [['abcdef-abcdef', /recovery code has 36/], [await anotherCode(), 'does not open these backups']] as const) {
      await page.getByRole('textbox', { name: /^Recovery code/ }).fill(wrong)
      await page.getByRole('button', { name: 'Open my backups' }).click()
      await seen(page, why)
    }
    await picture(page, 'locked')
    await page.getByRole('textbox', { name: /^Recovery code/ }).fill(code)
    await page.getByRole('button', { name: 'Open my backups' }).click()
    await page.getByRole('textbox', { name: /^Recovery code/ }).waitFor({ state: 'detached' })
    await says(page, /^Your data is backed up, last backup/)
    await page.getByRole('tab', { name: 'Backups' }).click()
    await page.locator('.backup-snapshot').filter({ hasText: 'With the old key' }).waitFor()
    await picture(page, 'unlocked')
    await api.backUp('With the new key')
    await page.locator('.backup-snapshot').filter({ hasText: 'With the new key' }).waitFor()
    await page.getByRole('tab', { name: 'Activity' }).click()
    await seen(page, /so that this machine has a key of its own/)
  })

  test.each([
    ['Google Drive', 'google', 'Google', true],
    ['OneDrive', 'microsoft', 'Microsoft', false],
  ] as const)('the shop has burnt down, the disk with it: %s and the recovery code bring everything back', async (title, name, vendor, needsSecret) => {
    const { vendors } = await fakeVendors()
    const old = machine({ days: 30, ui: builtUi })
    const before = await old.start({ vendors })
    const there = talk(before.url)
    const code = await setUp(there, old.backups)
    await change(there, { [name]: clients[name] })
    const first = await open(`${before.url}`, { ignoreHTTPSErrors: true })
    await goTo(first, '/settings/accounts')
    await connect(first, vendor)
    await seen(first, `${vendor} is connected.`)
    await there.backUp('The last one before the fire')
    const waiting = async (): Promise<number> =>
      (await there.ask<{ readonly providers: readonly { readonly waiting: number }[] }>('/api/backup/providers')).providers.reduce((sum, one) => sum + one.waiting, 0)
    await expect.poll(waiting, { timeout: patienceMs, interval: 1000 }).toBe(0)
    const counts = await before.live.read((data) => data.figures().counts)
    await before.stop()
    rmSync(old.backups, { recursive: true })
    rmSync(old.data, { recursive: true })

    const fresh = machine({ days: 0, ui: builtUi })
    const store = await fresh.start({ vendors })
    const page = await open(store.url, { ignoreHTTPSErrors: true })
    await page.getByRole('button', { name: 'I have backups of another machine' }).click()
    await page.getByLabel('Where are the backups?').selectOption({ label: `In ${title}` })
    await page.getByLabel(`Client id of ${title}`).fill(clients[name].clientId)
    if (needsSecret) await page.getByLabel(`Client secret of ${title}`).fill(clients.google.clientSecret)
    await page.getByRole('button', { name: 'Go on' }).click()
    await connect(page, vendor)
    await page.getByRole('textbox', { name: /^Recovery code/ }).waitFor()
    expect(await barriers(page)).toEqual([])
    await picture(page, `return-${name}`)
    await page.getByRole('textbox', { name: /^Recovery code/ }).fill(await anotherCode())
    await page.getByRole('button', { name: 'Bring my data back' }).click()
    await seen(page, 'does not open these backups')
    await page.getByRole('textbox', { name: /^Recovery code/ }).fill(code)
    await page.getByRole('button', { name: 'Bring my data back' }).click()
    await seen(page, 'Iron & Sons')
    expect(await store.live.read((data) => data.figures().counts)).toEqual(counts)
    await says(page, /^Your data is backed up, last backup/)
    expect((await snapshotsOf(talk(store.url))).map(({ note }) => note)).toContain('After it came back on a new machine')
    await picture(page, `after-the-fire-${name}`)

    // A disk is added as soon as there is one again, and gets what the cloud has.
    await change(talk(store.url), { backupFolder: fresh.backups })
    await talk(store.url).backUp('On a new disk')
  })

  test('the sign-in with Google ends while the page is open: the header says so, and after a new one copies catch up', async () => {
    const { vendors, google } = await fakeVendors()
    const shop = machine({ days: 10, ui: builtUi })
    const store = await shop.start({ vendors })
    const api = talk(store.url)
    await setUp(api, shop.backups)
    await change(api, { google: clients.google })
    const page = await open(store.url, { ignoreHTTPSErrors: true })
    await goTo(page, '/settings/accounts')
    await connect(page, 'Google')
    await seen(page, 'Google is connected.')
    await page.getByRole('button', { name: 'OK', exact: true }).click()
    await api.backUp('Before')
    const safe = /^Your data is safe, last backup/
    await says(page, safe)

    // An access token lasts for an hour. That one is renewed, nobody hears of.
    const renewed = google.tokens.refreshes()
    google.tokens.expireAccess()
    await api.backUp('With a new access token')
    expect(google.tokens.refreshes()).toBeGreaterThan(renewed)
    await says(page, safe)
    const stored = google.store.files.size

    google.tokens.revokeAll()
    await api.backUp('On the disk alone')
    await says(page, /sign/i)
    await page.getByRole('button', { name: 'Sign in to Google again' }).waitFor()
    await picture(page, 'drive-expired')
    expect(google.store.files.size).toBe(stored)

    await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Sign in to Google again' }).click()])
    await seen(page, 'Google is connected.')
    await says(page, safe)
    expect(google.store.files.size).toBeGreaterThan(stored)
    await picture(page, 'drive-reconnected')
  })

  test('what was restored is of no use: what was there before is put back, and the page says so', async () => {
    const shop = machine({ days: 20, ui: builtUi })
    const store = await shop.start()
    const api = talk(store.url)
    await setUp(api, shop.backups)
    // A table is missing, as after a tool that knew better; and somebody mends it.
    shop.sql('ALTER TABLE customer RENAME TO people')
    await api.backUp('Of no use')
    shop.sql('ALTER TABLE people RENAME TO customer')
    const { number } = await api.ask<{ readonly number: string }>('/api/store/invoices', { customerId: 1, lines: [{ productId: 1, quantity: 1 }] })
    const counts = await store.live.read((data) => data.figures().counts)

    const page = await open(store.url)
    await goTo(page, '/settings/backups')
    await page.getByRole('tab', { name: 'Backups' }).click()
    await page.locator('.backup-snapshot').filter({ hasText: 'Of no use' }).getByRole('button', { name: /^Restore…/ }).click()
    await seen(page, 'What is there now is backed up first')
    await page.getByLabel('Why?').fill('To see whether it works.')
    await page.getByRole('button', { name: 'Restore now' }).click()
    await seen(page, 'The restore failed')
    await seen(page, 'Your data is as it was before.')
    expect(await barriers(page)).toEqual([])
    await picture(page, 'rolled-back')
    await page.locator('dialog[open] summary').click()
    await seen(page, 'What was there before was put back.')
    await page.getByText('Close', { exact: true }).click()
    await goTo(page, '/invoices')
    await seen(page, number)
    expect(await store.live.read((data) => data.figures().counts)).toEqual(counts)
    expect(shop.sql('PRAGMA integrity_check')).toBe('ok')
  })
})
