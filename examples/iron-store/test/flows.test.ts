import { DatabaseSync } from 'node:sqlite'
import { chromiumIsThere } from '@backup-internal/fakes/chromium'
import { describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { barriers, builtUi, chrome, patienceMs, picture } from './chrome.ts'
import { loseInvoices, machine } from './machine.ts'
import { setUp, talk } from './talk.ts'
import { fakeVendors } from './vendors.ts'

// What the owner of a shop does, in Chromium, with the whole program.

const hasChromium = chromiumIsThere()
const seen = async (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor({ timeout: patienceMs })
const goTo = (page: Page, name: string): Promise<void> => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click()

describe.skipIf(!hasChromium)('in a browser', () => {
  const { open } = chrome()

  test('the first start: two answers, the recovery code, and there is a backup', async () => {
    const shop = machine({ days: 0, ui: builtUi })
    const page = await open((await shop.start()).url)
    await seen(page, 'Welcome to Iron Store')
    expect(await barriers(page)).toEqual([])
    await picture(page, 'welcome')
    await page.getByLabel('What is your shop called?').fill('Iron & Sons')
    await page.getByLabel('Where do backups go?').fill(shop.backups)
    await page.getByRole('button', { name: 'Go on' }).click()
    await seen(page, 'Set up your backups')
    await seen(page, 'Your backups are not set up yet')
    await picture(page, 'setup')
    await page.getByRole('button', { name: 'Set up', exact: true }).click()
    await page.locator('.backup-code').waitFor()
    await picture(page, 'recovery-code')
    await page.getByLabel('I have it on paper').check()
    await page.getByRole('button', { name: 'Make the first backup' }).click()
    // One place is better than none, and is not called safe.
    await seen(page, /^Your data is backed up, last backup/)
    await picture(page, 'first-backup')
    expect(page.url()).not.toContain('token')
  })

  test('an invoice is written, numbered, found, cancelled, and printed without the program around it', async () => {
    const shop = machine({ days: 20, ui: builtUi })
    const store = await shop.start()
    await setUp(talk(store.url), shop.backups)
    const page = await open(store.url)
    await page.getByRole('link', { name: 'New invoice' }).click()
    await page.getByLabel('Customer').selectOption({ label: 'Rosa Marin' })
    await page.getByLabel('Product 1').selectOption({ index: 3 })
    await page.getByLabel('Quantity 1').fill('2')
    await page.getByRole('button', { name: 'Add a line' }).click()
    await page.getByLabel('Product 2').selectOption({ index: 7 })
    await picture(page, 'new-invoice')
    await page.getByRole('button', { name: 'Write invoice' }).click()
    const number = await page.locator('.paper .number').innerText()
    expect(number).toMatch(/^\d{4}-\d{5}$/)
    expect(await barriers(page)).toEqual([])
    await picture(page, 'invoice')
    await page.emulateMedia({ media: 'print' })
    expect(await page.getByRole('navigation', { name: 'Main' }).isVisible()).toBe(false)
    await picture(page, 'invoice-printed')
    await page.emulateMedia({ media: 'screen' })
    await page.getByRole('button', { name: 'Cancel invoice…' }).click()
    await page.getByLabel('Why?').fill('Wrong customer')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel invoice' }).click()
    await seen(page, `Cancels ${number}: Wrong customer`)
    await goTo(page, 'Invoices')
    await page.getByLabel('Search invoices').fill(number)
    await page.locator('.rows a').filter({ hasText: 'Rosa Marin' }).first().waitFor()
    await picture(page, 'search')
  })

  test('invoices are lost, an older state is restored with a safety net, and that is undone', async () => {
    const shop = machine({ days: 60, ui: builtUi })
    const store = await shop.start()
    const api = talk(store.url)
    await setUp(api, shop.backups)
    await api.backUp('As it was yesterday')
    const count = (): Promise<number> => store.live.read((data) => data.figures().counts.invoices)
    const before = await count()
    shop.sql(loseInvoices)
    expect(await count()).toBe(100)

    const page = await open(store.url)
    await goTo(page, 'Settings')
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Backups', exact: true }).click()
    await page.getByRole('tab', { name: 'Backups' }).click()
    await page.locator('.backup-snapshot').filter({ hasText: 'As it was yesterday' }).getByRole('button', { name: /^Restore…/ }).click()
    await seen(page, 'What is there now is backed up first')
    await picture(page, 'restore-plan')
    await page.getByLabel('Why?').fill('A tool has tidied up our invoices.')
    await page.getByRole('button', { name: 'Restore now' }).click()
    await page.getByRole('heading', { name: 'Your data is back' }).waitFor({ timeout: patienceMs })
    await picture(page, 'restored')
    // The program has opened its database anew by itself.
    expect(await count()).toBe(before)
    expect(await page.getByText('has to be started anew').count()).toBe(0)

    await page.getByRole('button', { name: /^Undo/ }).click()
    await seen(page, 'What is there now is backed up first')
    await page.getByLabel('Why?').fill('I want to see once more what the tool did.')
    await page.getByRole('button', { name: 'Restore now' }).click()
    await page.getByRole('heading', { name: 'Your data is back' }).waitFor({ timeout: patienceMs })
    expect(await count()).toBe(100)
    expect(shop.sql('PRAGMA integrity_check')).toBe('ok')
  })

  test('a page that shows a list shows what was restored, without being asked', async () => {
    const shop = machine({ days: 20, ui: builtUi })
    const store = await shop.start()
    const api = talk(store.url)
    await setUp(api, shop.backups)
    const { snapshot } = await api.backUp()
    const page = await open(store.url)
    await goTo(page, 'Products')
    await page.getByRole('button', { name: 'New product' }).click()
    await page.getByLabel('Number').fill('X-1')
    await page.getByLabel('Name').fill('A mistake')
    await page.getByLabel('Price without tax').fill('1,50')
    await page.getByRole('button', { name: 'Save' }).click()
    await seen(page, 'A mistake')
    await api.done(await api.restore(snapshot!.id))
    await page.getByText('A mistake').waitFor({ state: 'detached' })
    expect(await page.getByText('Adjustable spanner').count()).toBe(1)
  })

  test('Google Drive and OneDrive are connected in the settings; then the data is safe, and the cloud alone is enough', async () => {
    const shop = machine({ days: 20, ui: builtUi })
    const { vendors, google, microsoft } = await fakeVendors()
    const store = await shop.start({ vendors })
    await setUp(talk(store.url), shop.backups)
    const page = await open(store.url, { ignoreHTTPSErrors: true })
    await goTo(page, 'Settings')
    await page.getByRole('link', { name: 'Where backups go' }).click()
    for (const [title, secret] of [['Google Drive', 'not-much-of-a-secret'], ['OneDrive', undefined]] as const) {
      const form = page.getByRole('region', { name: title })
      await form.getByLabel(`Client id of ${title}`).fill(`iron-store.example.${title.length}`)
      if (secret) await form.getByLabel(`Client secret of ${title}`).fill(secret)
      await form.getByRole('button', { name: 'Save' }).click()
      await form.getByRole('link', { name: 'sign in' }).waitFor()
    }
    await picture(page, 'places')
    await page.getByRole('link', { name: 'sign in' }).first().click()
    for (const vendor of ['Google', 'Microsoft']) {
      const connect = page.getByRole('button', { name: `Connect ${vendor}` })
      await Promise.all([page.waitForEvent('popup'), connect.click()])
      await seen(page, `${vendor} is connected.`)
    }
    await picture(page, 'connected')
    await expect.poll(() => google.store.files.size, { timeout: patienceMs }).toBeGreaterThan(5)
    await expect.poll(() => microsoft.server.arrived.length, { timeout: patienceMs }).toBeGreaterThan(5)
    await page.getByRole('button', { name: 'Back up now' }).click()
    // Asked for again and again, so that what was seen instead is said when this fails.
    await expect.poll(() => page.locator('.safety').innerText(), { timeout: patienceMs }).toMatch(/^Your data is safe, last backup/)
    await picture(page, 'safe')
    expect(microsoft.leaks()).toBe(0)
  })

  test('on a new machine, the recovery code and the disk bring everything back', async () => {
    const old = machine({ days: 30, ui: builtUi })
    const before = await old.start()
    const code = await setUp(talk(before.url), old.backups)
    await talk(before.url).backUp()
    const figures = await before.live.read((data) => data.figures().counts)
    await before.stop()

    const fresh = machine({ days: 0, ui: builtUi, disk: old.backups })
    const store = await fresh.start()
    const page = await open(store.url)
    await page.getByRole('button', { name: 'I have backups of another machine' }).click()
    await page.getByLabel('Folder of the backups').fill(old.backups)
    await page.getByLabel('Recovery code').fill('wrong-wrong-wrong')
    await page.getByRole('button', { name: 'Bring my data back' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Recovery code').fill(code)
    await page.getByRole('button', { name: 'Bring my data back' }).click()
    await seen(page, 'Iron & Sons')
    expect(await store.live.read((data) => data.figures().counts)).toEqual(figures)
    await seen(page, /^Your data is backed up/)
    await picture(page, 'new-machine')
  })

  test('all prices are changed, and the backup from just before is there', async () => {
    const shop = machine({ days: 5, ui: builtUi })
    const store = await shop.start()
    const api = talk(store.url)
    await setUp(api, shop.backups)
    const page = await open(store.url)
    await goTo(page, 'Products')
    await page.getByRole('button', { name: 'Change all prices…' }).click()
    await page.getByLabel('By how many percent?').fill('900')
    await page.getByRole('dialog').getByRole('button', { name: 'Change all prices' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const { snapshots } = await api.ask<{ readonly snapshots: readonly { readonly kind: string; readonly note: string; readonly id: string }[] }>('/api/backup/snapshots')
    const emergency = snapshots.find(({ kind }) => kind === 'emergency')
    expect(emergency?.note).toBe('Before all prices were changed')
    await api.done(await api.restore(emergency!.id))
    expect(shop.sql("SELECT price_cents FROM product WHERE name = 'Hammer, 500 g'")).toBe(1890)
  })

  describe.each([
    ['light', { width: 1280, height: 860 }],
    ['dark', { width: 1280, height: 860 }],
    ['phone', { width: 360, height: 740 }],
  ] as const)('%s', (look, viewport) => {
    test('every page can be used, and fits', async () => {
      const shop = machine({ days: 45, ui: builtUi })
      const store = await shop.start()
      await setUp(talk(store.url), shop.backups)
      const page = await open(store.url, { viewport, colorScheme: look === 'dark' ? 'dark' : 'light' })
      for (const route of ['/', '/invoices', '/invoices/new', '/invoices/12', '/products', '/customers', '/settings/shop', '/settings/backups', '/settings/places']) {
        await page.goto(`${new URL(store.url).origin}/#${route}`)
        await page.locator('h1').first().waitFor()
        await seen(page, /^Your data is backed up/)
        await expect.poll(() => page.locator('.backup-waiting').count(), { timeout: patienceMs }).toBe(0)
        expect({ route, fits: Number(await page.evaluate('document.documentElement.scrollWidth')) <= viewport.width }).toEqual({ route, fits: true })
        expect({ route, barriers: await barriers(page) }).toEqual({ route, barriers: [] })
        await picture(page, `${look}${route === '/' ? '-today' : route.replaceAll('/', '-')}`)
      }
    })
  })

  test('the database that was restored is the one that other programs see', async () => {
    const shop = machine({ days: 5 })
    const store = await shop.start()
    const api = talk(store.url)
    await setUp(api, shop.backups)
    const { snapshot } = await api.backUp()
    await api.ask('/api/store/shop', { name: 'Another name' })
    const other = new DatabaseSync(store.live.file)
    await api.done(await api.restore(snapshot!.id))
    expect(other.prepare('SELECT name FROM shop').get()).toEqual({ name: 'Iron & Sons' })
    other.close()
  })
})
